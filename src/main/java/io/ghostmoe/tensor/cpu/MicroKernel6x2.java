package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * Twelve accumulators hide the latency of the fused multiply-add, and with two vectors of B and one
 * of A they still fit the 16 registers of AVX2.
 *
 * <p>Written out, with no helper that takes a vector: where C2 does not inline such a helper its
 * vectors are boxed, at four times the cost.
 */
final class MicroKernel6x2 {
  static final int ROWS = 6;
  static final int COLUMNS = 2 * LANES;

  private MicroKernel6x2() {}

  /** As {@link MicroKernel#run}, for a tile of ROWS × COLUMNS. */
  static void run(
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
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = FloatVector.zero(SPECIES);
    FloatVector c10 = FloatVector.zero(SPECIES);
    FloatVector c11 = FloatVector.zero(SPECIES);
    FloatVector c20 = FloatVector.zero(SPECIES);
    FloatVector c21 = FloatVector.zero(SPECIES);
    FloatVector c30 = FloatVector.zero(SPECIES);
    FloatVector c31 = FloatVector.zero(SPECIES);
    FloatVector c40 = FloatVector.zero(SPECIES);
    FloatVector c41 = FloatVector.zero(SPECIES);
    FloatVector c50 = FloatVector.zero(SPECIES);
    FloatVector c51 = FloatVector.zero(SPECIES);
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
      p += bStride;
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
}
