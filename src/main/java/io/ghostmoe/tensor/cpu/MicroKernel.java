package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * The innermost part of every matrix product: a tile of outputs held in registers while k runs.
 * Which tile is best depends on the registers there are, 16 or, with vectors of 512 bits, 32, and
 * on how many columns are left; each output is the same sum in all of them.
 *
 * <p>A is read where it lies (row and column stride are free), B from panels packed by {@link
 * Gemm}: all {@link #COLUMNS} wide, but the last, which is {@link #NARROW} wide where that is
 * enough.
 */
final class MicroKernel {
  private static final boolean MANY_REGISTERS = LANES == 16;

  /** Columns of a panel. */
  static final int COLUMNS = MANY_REGISTERS ? MicroKernel5x4.COLUMNS : MicroKernel6x2.COLUMNS;

  /** Columns of the last panel, if no more are left. */
  static final int NARROW = MANY_REGISTERS ? MicroKernel8x2.COLUMNS : MicroKernel6x2.COLUMNS;

  private static final int ROWS = MANY_REGISTERS ? MicroKernel5x4.ROWS : MicroKernel6x2.ROWS;
  private static final int NARROW_ROWS = MANY_REGISTERS ? MicroKernel8x2.ROWS : MicroKernel6x2.ROWS;

  /** A number of rows that every tile divides. */
  static final int COMMON_ROWS = MANY_REGISTERS ? 40 : 48;

  /** Floats of the largest tile. */
  static final int TILE = Math.max(ROWS * COLUMNS, NARROW_ROWS * NARROW);

  private MicroKernel() {}

  /** Rows of a tile over a panel of {@code columns} columns. */
  static int rows(int columns) {
    return columns == COLUMNS ? ROWS : NARROW_ROWS;
  }

  /**
   * {@code C = A[rows, depth]·B[depth, columns]}, or {@code +=}.
   *
   * @param columns of the panel, which decide the rows
   * @param a row i, column k of A lies at {@code a[aOffset + i·rowStride + k·columnStride]}
   * @param b row k of the panel starts at {@code b[bOffset + k·bStride]}
   * @param c row i of C starts at {@code c[cOffset + i·cStride]}
   */
  static void run(
      int columns,
      int depth,
      float[] a,
      int aOffset,
      int rowStride,
      int columnStride,
      float[] b,
      int bOffset,
      int bStride,
      float[] c,
      int cOffset,
      int cStride,
      boolean accumulate) {
    if (!MANY_REGISTERS) {
      MicroKernel6x2.run(
          depth,
          a,
          aOffset,
          rowStride,
          columnStride,
          b,
          bOffset,
          bStride,
          c,
          cOffset,
          cStride,
          accumulate);
    } else if (columns == COLUMNS) {
      MicroKernel5x4.run(
          depth,
          a,
          aOffset,
          rowStride,
          columnStride,
          b,
          bOffset,
          bStride,
          c,
          cOffset,
          cStride,
          accumulate);
    } else {
      MicroKernel8x2.run(
          depth,
          a,
          aOffset,
          rowStride,
          columnStride,
          b,
          bOffset,
          bStride,
          c,
          cOffset,
          cStride,
          accumulate);
    }
  }

  /** One row of a tile, with the same order of sums: {@code C[1, columns] = A[1, depth]·B}. */
  static void row(
      int columns,
      int depth,
      float[] a,
      int aOffset,
      int columnStride,
      float[] b,
      int bOffset,
      int bStride,
      float[] c,
      int at) {
    for (int j = 0; j < columns; j += 2 * LANES) {
      FloatVector left = FloatVector.zero(SPECIES);
      FloatVector right = left;
      int i = aOffset;
      int p = bOffset + j;
      for (int k = 0; k < depth; k++) {
        FloatVector x = FloatVector.broadcast(SPECIES, a[i]);
        left = x.fma(FloatVector.fromArray(SPECIES, b, p), left);
        right = x.fma(FloatVector.fromArray(SPECIES, b, p + LANES), right);
        i += columnStride;
        p += bStride;
      }
      left.intoArray(c, at + j);
      right.intoArray(c, at + j + LANES);
    }
  }
}
