package io.ghostmoe.tensor;

import java.util.Arrays;

/** How the rows of a batch are cut into segments. */
final class Segments {
  /** The cuts that occur: one segment, several in a row, padding behind, and all of it. */
  enum Layout {
    ONE,
    SEVERAL,
    PADDED,
    MIXED
  }

  private Segments() {}

  /** Segments of {@code batch} rows of {@code time} positions each. */
  static int[] of(Layout layout, int batch, int time) {
    int[] segments = new int[batch * time];
    for (int b = 0; b < batch; b++) {
      int[] row =
          switch (layout) {
            case ONE -> new int[time];
            case SEVERAL -> several(time, time);
            case PADDED -> several(time, time - Math.min(time - 1, 5 + b));
            // the first row is all padding, another has a hole in the middle
            case MIXED -> b == 0 ? several(time, 0) : withHole(time);
          };
      System.arraycopy(row, 0, segments, b * time, time);
    }
    return segments;
  }

  /** Segments of growing length up to position {@code end}, then padding. */
  private static int[] several(int time, int end) {
    int[] row = new int[time];
    Arrays.fill(row, -1);
    int segment = 0;
    int next = 1;
    for (int t = 0; t < end; t++) {
      if (t == next) {
        segment++;
        next += 1 + 2 * segment;
      }
      row[t] = segment;
    }
    return row;
  }

  private static int[] withHole(int time) {
    int[] row = several(time, time);
    for (int t = time / 3; t < time / 2; t++) {
      row[t] = -1;
    }
    // what follows the hole is a segment of its own
    for (int t = time / 2; t < time; t++) {
      row[t] += time;
    }
    return row;
  }
}
