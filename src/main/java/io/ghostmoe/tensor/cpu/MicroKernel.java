package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * The innermost part of every matrix product: a tile of {@link #ROWS} × {@link #COLUMNS} outputs
 * held in registers while k runs. Twelve accumulators hide the latency of the fused multiply-add on
 * every width, and with two vectors of B and one of A they still fit the 16 registers of AVX2.
 *
 * <p>A is read where it lies (row and column stride are free), B from panels packed by {@link
 * Gemm}.
 */
final class MicroKernel {
  /** Rows of a tile. */
  static final int ROWS = 6;

  /** Columns of a tile: two vectors. */
  static final int COLUMNS = 2 * LANES;

  private MicroKernel() {}

  /**
   * {@code C[6, COLUMNS] = A[6, depth]·B[depth, COLUMNS]}, or {@code +=}.
   *
   * @param a row i, column k of A lies at {@code a[aOffset + i·rowStride + k·columnStride]}
   * @param b row k of the panel starts at {@code b[bOffset + k·COLUMNS]}
   * @param c row i of C starts at {@code c[cOffset + i·cStride]}
   */
  static void run(
      int depth,
      float[] a,
      int aOffset,
      int rowStride,
      int columnStride,
      float[] b,
      int bOffset,
      float[] c,
      int cOffset,
      int cStride,
      boolean accumulate) {
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = c00;
    FloatVector c10 = FloatVector.zero(SPECIES);
    FloatVector c11 = c10;
    FloatVector c20 = FloatVector.zero(SPECIES);
    FloatVector c21 = c20;
    FloatVector c30 = FloatVector.zero(SPECIES);
    FloatVector c31 = c30;
    FloatVector c40 = FloatVector.zero(SPECIES);
    FloatVector c41 = c40;
    FloatVector c50 = FloatVector.zero(SPECIES);
    FloatVector c51 = c50;
    int a0 = aOffset;
    int a1 = a0 + rowStride;
    int a2 = a1 + rowStride;
    int a3 = a2 + rowStride;
    int a4 = a3 + rowStride;
    int a5 = a4 + rowStride;
    int p = bOffset;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, p);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, p + LANES);
      p += COLUMNS;
      FloatVector x0 = FloatVector.broadcast(SPECIES, a[a0]);
      c00 = x0.fma(b0, c00);
      c01 = x0.fma(b1, c01);
      a0 += columnStride;
      FloatVector x1 = FloatVector.broadcast(SPECIES, a[a1]);
      c10 = x1.fma(b0, c10);
      c11 = x1.fma(b1, c11);
      a1 += columnStride;
      FloatVector x2 = FloatVector.broadcast(SPECIES, a[a2]);
      c20 = x2.fma(b0, c20);
      c21 = x2.fma(b1, c21);
      a2 += columnStride;
      FloatVector x3 = FloatVector.broadcast(SPECIES, a[a3]);
      c30 = x3.fma(b0, c30);
      c31 = x3.fma(b1, c31);
      a3 += columnStride;
      FloatVector x4 = FloatVector.broadcast(SPECIES, a[a4]);
      c40 = x4.fma(b0, c40);
      c41 = x4.fma(b1, c41);
      a4 += columnStride;
      FloatVector x5 = FloatVector.broadcast(SPECIES, a[a5]);
      c50 = x5.fma(b0, c50);
      c51 = x5.fma(b1, c51);
      a5 += columnStride;
    }
    int at = cOffset;
    // no helper takes these vectors: where it is not inlined they would be boxed, at four times the
    // cost
    if (accumulate) {
      c00.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
      c01.add(FloatVector.fromArray(SPECIES, c, at + LANES)).intoArray(c, at + LANES);
      at += cStride;
      c10.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
      c11.add(FloatVector.fromArray(SPECIES, c, at + LANES)).intoArray(c, at + LANES);
      at += cStride;
      c20.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
      c21.add(FloatVector.fromArray(SPECIES, c, at + LANES)).intoArray(c, at + LANES);
      at += cStride;
      c30.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
      c31.add(FloatVector.fromArray(SPECIES, c, at + LANES)).intoArray(c, at + LANES);
      at += cStride;
      c40.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
      c41.add(FloatVector.fromArray(SPECIES, c, at + LANES)).intoArray(c, at + LANES);
      at += cStride;
      c50.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
      c51.add(FloatVector.fromArray(SPECIES, c, at + LANES)).intoArray(c, at + LANES);
    } else {
      c00.intoArray(c, at);
      c01.intoArray(c, at + LANES);
      at += cStride;
      c10.intoArray(c, at);
      c11.intoArray(c, at + LANES);
      at += cStride;
      c20.intoArray(c, at);
      c21.intoArray(c, at + LANES);
      at += cStride;
      c30.intoArray(c, at);
      c31.intoArray(c, at + LANES);
      at += cStride;
      c40.intoArray(c, at);
      c41.intoArray(c, at + LANES);
      at += cStride;
      c50.intoArray(c, at);
      c51.intoArray(c, at + LANES);
    }
  }

  /**
   * One row of {@link #run}, with the same order of sums: {@code C[1, COLUMNS] = A[1, depth]·B}.
   */
  static void row(
      int depth,
      float[] a,
      int aOffset,
      int columnStride,
      float[] b,
      int bOffset,
      float[] c,
      int at) {
    FloatVector left = FloatVector.zero(SPECIES);
    FloatVector right = left;
    int i = aOffset;
    int p = bOffset;
    for (int k = 0; k < depth; k++) {
      FloatVector x = FloatVector.broadcast(SPECIES, a[i]);
      left = x.fma(FloatVector.fromArray(SPECIES, b, p), left);
      right = x.fma(FloatVector.fromArray(SPECIES, b, p + LANES), right);
      i += columnStride;
      p += COLUMNS;
    }
    left.intoArray(c, at);
    right.intoArray(c, at + LANES);
  }
}
