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

  /** A key from a seed and any number of further words (step, place, expert …). */
  public static long key(long seed, long... words) {
    long key = mix(seed + GOLDEN);
    for (long word : words) {
      key = mix(key ^ mix(word + GOLDEN));
    }
    return key;
  }

  /** A key from a seed, a name (FNV-1a over its UTF-8 bytes) and further words. */
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

  /** 64 random bits: draw {@code index} of stream {@code key}. */
  public static long bits(long key, long index) {
    return mix(key + (index + 1) * GOLDEN);
  }

  /** Uniform in [0, 1) with 24 bits, exactly representable as a float. */
  public static float uniform(long key, long index) {
    return (bits(key, index) >>> 40) * 0x1p-24f;
  }

  /** Uniform integer in [0, bound), without modulo bias worth naming (64 bits of source). */
  public static int below(long key, long index, int bound) {
    return (int) Math.unsignedMultiplyHigh(bits(key, index), bound);
  }

  /** The numbers 0 … n − 1 in a random order (Fisher and Yates 1938, Durstenfeld 1964). */
  public static int[] permutation(long key, int n) {
    int[] permutation = new int[n];
    for (int i = 0; i < n; i++) {
      int j = below(key, i, i + 1);
      permutation[i] = permutation[j];
      permutation[j] = i;
    }
    return permutation;
  }

  /** Standard normal deviate by Box and Muller (1958), the same bits on every machine. */
  public static double normal(long key, long index) {
    // (0, 1]: the logarithm must exist
    double u = ((bits(key, 2 * index) >>> 11) + 1) * 0x1p-53;
    double v = (bits(key, 2 * index + 1) >>> 11) * 0x1p-53;
    return StrictMath.sqrt(-2 * StrictMath.log(u)) * StrictMath.cos(2 * StrictMath.PI * v);
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
