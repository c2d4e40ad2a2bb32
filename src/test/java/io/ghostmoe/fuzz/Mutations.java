package io.ghostmoe.fuzz;

import io.ghostmoe.base.CounterRandom;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Seeded changes to a file: bits, cuts, pieces of another, and numbers at their bounds. */
final class Mutations {
  private static final List<String> NASTY =
      List.of(
          "-1",
          "0",
          "2147483647",
          "2147483648",
          "-9223372036854775808",
          "9223372036854775807",
          "9223372036854775808",
          "1e999",
          "1e-999",
          "1E400000000",
          "null",
          "true",
          "{}",
          "[]",
          "\"\"",
          "[[[[[[[[[[[[",
          "\"\\ud800\"",
          "\\u0000",
          "NaN",
          "../",
          "\n",
          "/*",
          "\u00ff");

  private final long key;
  private int drawn;

  Mutations(long key) {
    this.key = key;
  }

  private int below(int bound) {
    return CounterRandom.below(key, drawn++, Math.max(1, bound));
  }

  /** One to four changes to a seed, with another to take pieces from. */
  byte[] of(byte[] seed, byte[] other) {
    byte[] changed = seed;
    for (int left = 1 + below(4); left > 0; left--) {
      changed = once(changed, other);
    }
    return changed;
  }

  private byte[] once(byte[] from, byte[] other) {
    int at = below(from.length + 1);
    int end = Math.min(from.length, at + below(12));
    return switch (below(6)) {
      case 0 -> flip(from);
      case 1 -> Arrays.copyOf(from, at);
      case 2 -> replace(from, at, end, new byte[0]);
      case 3 -> replace(from, at, end, piece(other));
      case 4 -> number(from, at);
      default -> replace(from, at, at, nasty());
    };
  }

  private byte[] flip(byte[] from) {
    byte[] flipped = from.clone();
    if (flipped.length > 0) {
      flipped[below(flipped.length)] ^= (byte) (1 << below(8));
    }
    return flipped;
  }

  /** Puts something in the place of the next digits. */
  private byte[] number(byte[] from, int at) {
    int begin = at;
    while (begin < from.length && !Character.isDigit(from[begin])) {
      begin++;
    }
    int end = begin;
    while (end < from.length && Character.isDigit(from[end])) {
      end++;
    }
    return replace(from, begin, end, nasty());
  }

  private byte[] nasty() {
    return NASTY.get(below(NASTY.size())).getBytes(StandardCharsets.UTF_8);
  }

  private byte[] piece(byte[] other) {
    int at = below(other.length + 1);
    return Arrays.copyOfRange(other, at, Math.min(other.length, at + below(40)));
  }

  private static byte[] replace(byte[] from, int begin, int end, byte[] by) {
    byte[] result = new byte[from.length - (end - begin) + by.length];
    System.arraycopy(from, 0, result, 0, begin);
    System.arraycopy(by, 0, result, begin, by.length);
    System.arraycopy(from, end, result, begin + by.length, from.length - end);
    return result;
  }
}
