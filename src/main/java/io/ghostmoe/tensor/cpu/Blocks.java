package io.ghostmoe.tensor.cpu;

/**
 * Several lengths cut into blocks of one size at most, and the blocks numbered through: the tasks
 * of an operation over many arrays, or over the rows of many experts.
 */
final class Blocks {
  private final int[] first;
  private final int size;

  private Blocks(int[] first, int size) {
    this.first = first;
    this.size = size;
  }

  /** Blocks of at most {@code size} of each length. */
  static Blocks of(int[] lengths, int size) {
    int[] first = new int[lengths.length + 1];
    for (int i = 0; i < lengths.length; i++) {
      first[i + 1] = first[i] + Math.ceilDiv(lengths[i], size);
    }
    return new Blocks(first, size);
  }

  /** Blocks of at most {@code size} rows of each expert: e owns offsets[e] … offsets[e+1] − 1. */
  static Blocks ofRows(int[] offsets, int size) {
    int[] rows = new int[offsets.length - 1];
    for (int e = 0; e < rows.length; e++) {
      rows[e] = offsets[e + 1] - offsets[e];
    }
    return of(rows, size);
  }

  /** The number of all blocks. */
  int count() {
    return first[first.length - 1];
  }

  /** The first block of length {@code owner}; of one behind the last, the number of all blocks. */
  int first(int owner) {
    return first[owner];
  }

  /** Which length a block is of: the last whose blocks do not begin behind it. */
  int owner(int block) {
    int low = 0;
    int high = first.length - 1;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (first[middle] <= block) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Where a block of {@code owner} begins within it. */
  int from(int block, int owner) {
    return (block - first[owner]) * size;
  }
}
