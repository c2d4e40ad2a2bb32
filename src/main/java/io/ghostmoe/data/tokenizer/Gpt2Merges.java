package io.ghostmoe.data.tokenizer;

import java.util.Arrays;

/**
 * GPT-2's 50,000 merges, recovered from its vocabulary.
 *
 * <p>Ids from 256 on were made one merge at a time, in order. So the bytes of id n, encoded with
 * the merges below n, end as exactly two parts, and these are merge n.
 */
final class Gpt2Merges {
  private static final int FIRST = 256;

  /** What is found where two ids are never merged: more than any id. */
  static final int NONE = Integer.MAX_VALUE;

  /** Open addressing over pairs of ids, {@code left << 32 | right}; −1 is free. */
  private final long[] keys = new long[1 << 17];

  private final int[] values = new int[1 << 17];
  private final int[] byteIds = new int[256];
  private final int[] left = new int[Gpt2Vocabulary.END_OF_TEXT];
  private final int[] right = new int[Gpt2Vocabulary.END_OF_TEXT];

  Gpt2Merges(Gpt2Vocabulary vocabulary) {
    Arrays.fill(keys, -1);
    for (int id = 0; id < FIRST; id++) {
      byteIds[vocabulary.bytes(id)[0] & 0xFF] = id;
    }
    int[] parts = new int[256];
    for (int id = FIRST; id < Gpt2Vocabulary.END_OF_TEXT; id++) {
      byte[] bytes = vocabulary.bytes(id);
      for (int i = 0; i < bytes.length; i++) {
        parts[i] = byteIds[bytes[i] & 0xFF];
      }
      if (merge(parts, bytes.length, 2) != 2) {
        throw new IllegalStateException("no merge gives token " + id);
      }
      left[id] = parts[0];
      right[id] = parts[1];
      keys[slot(key(parts[0], parts[1]))] = key(parts[0], parts[1]);
      values[slot(key(parts[0], parts[1]))] = id;
    }
  }

  /** Number of merges. */
  int size() {
    return Gpt2Vocabulary.END_OF_TEXT - FIRST;
  }

  /** The first part of merge {@code index}, an id. */
  int left(int index) {
    return left[FIRST + index];
  }

  /** The second part of merge {@code index}, an id. */
  int right(int index) {
    return right[FIRST + index];
  }

  /** The id of a byte. */
  int byteId(byte value) {
    return byteIds[value & 0xFF];
  }

  /**
   * Merges the first {@code count} of {@code parts} in place, by rank and from the left.
   *
   * @param fewest parts that are left alone
   * @return how many there are now
   */
  int merge(int[] parts, int count, int fewest) {
    int n = count;
    while (n > fewest) {
      int best = NONE;
      int at = -1;
      for (int i = 0; i + 1 < n; i++) {
        int merged = find(parts[i], parts[i + 1]);
        if (merged < best) {
          best = merged;
          at = i;
        }
      }
      if (at < 0) {
        return n;
      }
      parts[at] = best;
      System.arraycopy(parts, at + 2, parts, at + 1, n - at - 2);
      n--;
    }
    return n;
  }

  /** What two ids are merged to; {@link #NONE} if they are not. */
  int find(int a, int b) {
    int slot = slot(key(a, b));
    return keys[slot] == -1 ? NONE : values[slot];
  }

  /** The slot that holds a key, or the free one where it belongs. */
  private int slot(long key) {
    int mask = keys.length - 1;
    int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 40) & mask;
    while (keys[slot] != key && keys[slot] != -1) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static long key(int a, int b) {
    return ((long) a << 32) | b;
  }
}
