package io.ghostmoe.data.batch;

import io.ghostmoe.base.CounterRandom;

/**
 * A random permutation of 0 … n − 1 of which any element can be had at once, without memory: a
 * Feistel network of four rounds over the next power of four, walked until it comes back below n.
 *
 * <p>Source: Black and Rogaway, "Ciphers with arbitrary finite domains", 2002, the cycle-walking
 * cipher over the network of Luby and Rackoff 1988.
 */
final class LazyPermutation {
  private static final int ROUNDS = 4;

  private final long key;
  private final int size;
  private final int halfBits;

  /** Of {@code size} numbers, 1 or more; a function of the key and the size alone. */
  LazyPermutation(long key, int size) {
    this.key = key;
    this.size = size;
    halfBits = Math.max(1, (Integer.SIZE - Integer.numberOfLeadingZeros(size - 1) + 1) / 2);
  }

  /** The number at a place. */
  int at(int place) {
    long number = place;
    do {
      number = network(number);
    } while (number >= size);
    return (int) number;
  }

  /** The place at which a number stands: the other way round what {@link #at} is. */
  int placeOf(int number) {
    long place = number;
    do {
      place = networkBack(place);
    } while (place >= size);
    return (int) place;
  }

  private long network(long number) {
    long mask = (1L << halfBits) - 1;
    long left = number >>> halfBits;
    long right = number & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long mixed = left ^ (CounterRandom.bits(key, (long) round << 32 | right) & mask);
      left = right;
      right = mixed;
    }
    return left << halfBits | right;
  }

  private long networkBack(long number) {
    long mask = (1L << halfBits) - 1;
    long left = number >>> halfBits;
    long right = number & mask;
    for (int round = ROUNDS - 1; round >= 0; round--) {
      long mixed = right ^ (CounterRandom.bits(key, (long) round << 32 | left) & mask);
      right = left;
      left = mixed;
    }
    return left << halfBits | right;
  }
}
