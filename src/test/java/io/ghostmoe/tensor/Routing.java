package io.ghostmoe.tensor;

import java.util.Arrays;

/**
 * One drawn routing of tokens to experts and what sorting makes of it, worked out here by counting
 * and so without any backend. What is undefined holds garbage.
 */
final class Routing {
  /** N, K and A. */
  final int tokens;

  final int k;
  final int awake;

  /** [N]; every fifth token or so is padding. */
  final int[] segments;

  /** [N,K], distinct for each token; where there is choice some experts stay empty. */
  final int[] experts;

  /** [A+1], [S] and [N,K]. */
  final int[] offsets;

  final int[] slotOfRow;
  final int[] rowOfSlot;

  private Routing(
      int tokens,
      int k,
      int awake,
      int[] segments,
      int[] experts,
      int[] offsets,
      int[] slotOfRow,
      int[] rowOfSlot) {
    this.tokens = tokens;
    this.k = k;
    this.awake = awake;
    this.segments = segments;
    this.experts = experts;
    this.offsets = offsets;
    this.slotOfRow = slotOfRow;
    this.rowOfSlot = rowOfSlot;
  }

  /** Rows that experts own; the ones behind are undefined. */
  int rows() {
    return offsets[awake];
  }

  int slots() {
    return tokens * k;
  }

  static Routing draw(long seed, int tokens, int k, int awake) {
    Draws draws = new Draws(seed);
    int[] segments = new int[tokens];
    int[] luck = draws.below(5, tokens);
    Arrays.setAll(segments, n -> luck[n] == 0 && tokens > 1 ? -1 : n / 10);
    // a third of the experts is left out, as far as k others remain
    int popular = Math.max(k, awake - awake / 3);
    int[] names = draws.permutation(awake);
    int[] experts = new int[tokens * k];
    for (int n = 0; n < tokens; n++) {
      int[] order = draws.permutation(popular);
      for (int i = 0; i < k; i++) {
        experts[n * k + i] = names[order[i]];
      }
    }
    return sorted(tokens, k, awake, segments, experts);
  }

  /** What sorting should make of the given experts. */
  static Routing sorted(int tokens, int k, int awake, int[] segments, int[] experts) {
    int[] offsets = new int[awake + 1];
    for (int slot = 0; slot < experts.length; slot++) {
      if (segments[slot / k] != -1) {
        offsets[experts[slot] + 1]++;
      }
    }
    Arrays.parallelPrefix(offsets, Integer::sum);
    int[] next = offsets.clone();
    int[] slotOfRow = new int[experts.length];
    Arrays.fill(slotOfRow, Integer.MIN_VALUE);
    int[] rowOfSlot = new int[experts.length];
    for (int slot = 0; slot < experts.length; slot++) {
      boolean padding = segments[slot / k] == -1;
      rowOfSlot[slot] = padding ? -1 : next[experts[slot]]++;
      if (!padding) {
        slotOfRow[rowOfSlot[slot]] = slot;
      }
    }
    return new Routing(tokens, k, awake, segments, experts, offsets, slotOfRow, rowOfSlot);
  }

  /** Draws for [S, width], NaN in the rows that no expert owns. */
  float[] rowValues(Draws draws, int width) {
    float[] values = draws.signed(slots() * width);
    Arrays.fill(values, rows() * width, values.length, Float.NaN);
    return values;
  }

  @Override
  public String toString() {
    return "n=%d k=%d a=%d".formatted(tokens, k, awake);
  }
}
