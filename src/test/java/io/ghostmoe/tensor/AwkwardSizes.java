package io.ghostmoe.tensor;

import java.util.ArrayList;
import java.util.List;

/** Sizes around vector widths, tiles and nothing in particular. */
final class AwkwardSizes {
  static final int[] ALL = {1, 7, 31, 32, 33, 127, 129, 1000};

  private AwkwardSizes() {}

  /** Triples in which every size takes every place several times, with few that are all large. */
  static List<int[]> triples() {
    List<int[]> triples = new ArrayList<>();
    int[][] shifts = {{0, 0}, {1, 2}, {3, 5}, {2, 7}, {6, 4}};
    for (int[] shift : shifts) {
      for (int i = 0; i < ALL.length; i++) {
        int[] triple = {ALL[i], size(i + shift[0]), size(i + shift[1])};
        if ((long) triple[0] * triple[1] * triple[2] <= 2_000_000) {
          triples.add(triple);
        }
      }
    }
    // beyond the 512 rows after which gradients of weights are cut into partial sums
    triples.add(new int[] {513, 7, 5});
    triples.add(new int[] {1025, 3, 33});
    return triples;
  }

  /** Pairs in which every size takes both places. */
  static List<int[]> pairs() {
    List<int[]> pairs = new ArrayList<>();
    for (int first : ALL) {
      for (int second : ALL) {
        if (first * second <= 150_000) {
          pairs.add(new int[] {first, second});
        }
      }
    }
    return pairs;
  }

  private static int size(int i) {
    return ALL[i % ALL.length];
  }
}
