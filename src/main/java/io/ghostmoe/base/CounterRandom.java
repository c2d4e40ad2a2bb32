package io.ghostmoe.base;

import java.nio.charset.StandardCharsets;

/**
 * Random numbers as a pure function of (key, index): no draw depends on how many came before it, so
 * adding a parameter, a ghost or a thread changes no other number. The generator is SplitMix64's
 * finaliser over a Weyl sequence (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", 2014).
 */
public final class CounterRandom {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private CounterRandom() {}

  /**
   * {@return a key from a seed and any number of further words (step, place, expert …)}
   *
   * @param seed of the run; any number
   * @param words what tells this key from others of the same seed; their order counts
   */
  public static long key(long seed, long... words) {
    long key = mix(seed + GOLDEN);
    for (long word : words) {
      key = mix(key ^ mix(word + GOLDEN));
    }
    return key;
  }

  /**
   * {@return a key from a seed, a name (FNV-1a over its UTF-8 bytes) and further words}
   *
   * @param seed of the run; any number
   * @param name what is drawn, such as {@code "dropout"}
   * @param words what tells this key from others of the same name; their order counts
   */
  public static long key(long seed, String name, long... words) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
    }
    long key = key(seed, hash);
    for (long word : words) {
      key = key(key, word);
    }
    return key;
  }

  /**
   * {@return 64 random bits}
   *
   * @param key of the stream
   * @param index of the draw in it, from 0
   */
  public static long bits(long key, long index) {
    return mix(key + (index + 1) * GOLDEN);
  }

  /**
   * {@return a uniform number in [0, 1) of 24 bits, exactly representable as a float}
   *
   * @param key of the stream
   * @param index of the draw in it, from 0
   */
  public static float uniform(long key, long index) {
    return (bits(key, index) >>> 40) * 0x1p-24f;
  }

  /**
   * {@return a uniform integer in [0, bound), without modulo bias worth naming (64 bits of source)}
   *
   * @param key of the stream
   * @param index of the draw in it, from 0
   * @param bound how many integers there are, 1 or more
   */
  public static int below(long key, long index, int bound) {
    return (int) Math.unsignedMultiplyHigh(bits(key, index), bound);
  }

  /**
   * {@return the numbers 0 … n − 1 in a random order (Fisher and Yates 1938, Durstenfeld 1964)}
   *
   * @param key of a stream whose first n draws this takes
   * @param n how many numbers, 0 or more
   */
  public static int[] permutation(long key, int n) {
    int[] permutation = new int[n];
    for (int i = 0; i < n; i++) {
      int j = below(key, i, i + 1);
      permutation[i] = permutation[j];
      permutation[j] = i;
    }
    return permutation;
  }

  /**
   * {@return a standard normal deviate: the inverse distribution function at a uniform draw, the
   * same bits on every machine} Source: Wichura 1988, algorithm AS 241 (PPND7, relative error 1e-7,
   * which is all that a float weight can hold).
   *
   * @param key of the stream
   * @param index of the draw in it, from 0
   */
  public static double normal(long key, long index) {
    // the middle of one of 2^53 intervals: never 0, never 1
    double q = ((bits(key, index) >>> 11) + 0.5) * 0x1p-53 - 0.5;
    if (Math.abs(q) <= 0.425) {
      double r = 0.180625 - q * q;
      return q
          * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)
          / (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1);
    }
    double r = StrictMath.sqrt(-StrictMath.log(0.5 - Math.abs(q)));
    double tail;
    if (r <= 5) {
      r -= 1.6;
      tail =
          (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777)
              / ((0.12021132975 * r + 0.73700164250) * r + 1);
    } else {
      r -= 5;
      tail =
          (((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150)
              / ((0.012258202635 * r + 0.24197894225) * r + 1);
    }
    return q < 0 ? -tail : tail;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
