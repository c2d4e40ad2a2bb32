package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * Twenty accumulators, for the 32 registers of AVX-512: five broadcasts and four loads feed twenty
 * fused multiply-adds, which then decide the speed and not the loads.
 *
 * <p>Written out, with no helper that takes a vector: where C2 does not inline such a helper its
 * vectors are boxed, at four times the cost.
 */
final class MicroKernel5x4 {
  static final int ROWS = 5;
  static final int COLUMNS = 4 * LANES;

  private MicroKernel5x4() {}

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
    FloatVector c02 = FloatVector.zero(SPECIES);
    FloatVector c03 = FloatVector.zero(SPECIES);
    FloatVector c10 = FloatVector.zero(SPECIES);
    FloatVector c11 = FloatVector.zero(SPECIES);
    FloatVector c12 = FloatVector.zero(SPECIES);
    FloatVector c13 = FloatVector.zero(SPECIES);
    FloatVector c20 = FloatVector.zero(SPECIES);
    FloatVector c21 = FloatVector.zero(SPECIES);
    FloatVector c22 = FloatVector.zero(SPECIES);
    FloatVector c23 = FloatVector.zero(SPECIES);
    FloatVector c30 = FloatVector.zero(SPECIES);
    FloatVector c31 = FloatVector.zero(SPECIES);
    FloatVector c32 = FloatVector.zero(SPECIES);
    FloatVector c33 = FloatVector.zero(SPECIES);
    FloatVector c40 = FloatVector.zero(SPECIES);
    FloatVector c41 = FloatVector.zero(SPECIES);
    FloatVector c42 = FloatVector.zero(SPECIES);
    FloatVector c43 = FloatVector.zero(SPECIES);
    int a0 = aOffset;
    int a1 = a0 + rowStride;
    int a2 = a1 + rowStride;
    int a3 = a2 + rowStride;
    int a4 = a3 + rowStride;
    int p = bOffset;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, p);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, p + LANES);
      FloatVector b2 = FloatVector.fromArray(SPECIES, b, p + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(SPECIES, b, p + 3 * LANES);
      p += bStride;
      FloatVector x0 = FloatVector.broadcast(SPECIES, a[a0]);
      c00 = x0.fma(b0, c00);
      c01 = x0.fma(b1, c01);
      c02 = x0.fma(b2, c02);
      c03 = x0.fma(b3, c03);
      a0 += columnStride;
      FloatVector x1 = FloatVector.broadcast(SPECIES, a[a1]);
      c10 = x1.fma(b0, c10);
      c11 = x1.fma(b1, c11);
      c12 = x1.fma(b2, c12);
      c13 = x1.fma(b3, c13);
      a1 += columnStride;
      FloatVector x2 = FloatVector.broadcast(SPECIES, a[a2]);
      c20 = x2.fma(b0, c20);
      c21 = x2.fma(b1, c21);
      c22 = x2.fma(b2, c22);
      c23 = x2.fma(b3, c23);
      a2 += columnStride;
      FloatVector x3 = FloatVector.broadcast(SPECIES, a[a3]);
      c30 = x3.fma(b0, c30);
      c31 = x3.fma(b1, c31);
      c32 = x3.fma(b2, c32);
      c33 = x3.fma(b3, c33);
      a3 += columnStride;
      FloatVector x4 = FloatVector.broadcast(SPECIES, a[a4]);
      c40 = x4.fma(b0, c40);
      c41 = x4.fma(b1, c41);
      c42 = x4.fma(b2, c42);
      c43 = x4.fma(b3, c43);
      a4 += columnStride;
    }
    int at = cOffset;
    if (accumulate) {
      c00.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
      c01.add(FloatVector.fromArray(SPECIES, c, at + LANES)).intoArray(c, at + LANES);
      c02.add(FloatVector.fromArray(SPECIES, c, at + 2 * LANES)).intoArray(c, at + 2 * LANES);
      c03.add(FloatVector.fromArray(SPECIES, c, at + 3 * LANES)).intoArray(c, at + 3 * LANES);
      at += cStride;
      c10.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
      c11.add(FloatVector.fromArray(SPECIES, c, at + LANES)).intoArray(c, at + LANES);
      c12.add(FloatVector.fromArray(SPECIES, c, at + 2 * LANES)).intoArray(c, at + 2 * LANES);
      c13.add(FloatVector.fromArray(SPECIES, c, at + 3 * LANES)).intoArray(c, at + 3 * LANES);
      at += cStride;
      c20.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
      c21.add(FloatVector.fromArray(SPECIES, c, at + LANES)).intoArray(c, at + LANES);
      c22.add(FloatVector.fromArray(SPECIES, c, at + 2 * LANES)).intoArray(c, at + 2 * LANES);
      c23.add(FloatVector.fromArray(SPECIES, c, at + 3 * LANES)).intoArray(c, at + 3 * LANES);
      at += cStride;
      c30.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
      c31.add(FloatVector.fromArray(SPECIES, c, at + LANES)).intoArray(c, at + LANES);
      c32.add(FloatVector.fromArray(SPECIES, c, at + 2 * LANES)).intoArray(c, at + 2 * LANES);
      c33.add(FloatVector.fromArray(SPECIES, c, at + 3 * LANES)).intoArray(c, at + 3 * LANES);
      at += cStride;
      c40.add(FloatVector.fromArray(SPECIES, c, at)).intoArray(c, at);
      c41.add(FloatVector.fromArray(SPECIES, c, at + LANES)).intoArray(c, at + LANES);
      c42.add(FloatVector.fromArray(SPECIES, c, at + 2 * LANES)).intoArray(c, at + 2 * LANES);
      c43.add(FloatVector.fromArray(SPECIES, c, at + 3 * LANES)).intoArray(c, at + 3 * LANES);
    } else {
      c00.intoArray(c, at);
      c01.intoArray(c, at + LANES);
      c02.intoArray(c, at + 2 * LANES);
      c03.intoArray(c, at + 3 * LANES);
      at += cStride;
      c10.intoArray(c, at);
      c11.intoArray(c, at + LANES);
      c12.intoArray(c, at + 2 * LANES);
      c13.intoArray(c, at + 3 * LANES);
      at += cStride;
      c20.intoArray(c, at);
      c21.intoArray(c, at + LANES);
      c22.intoArray(c, at + 2 * LANES);
      c23.intoArray(c, at + 3 * LANES);
      at += cStride;
      c30.intoArray(c, at);
      c31.intoArray(c, at + LANES);
      c32.intoArray(c, at + 2 * LANES);
      c33.intoArray(c, at + 3 * LANES);
      at += cStride;
      c40.intoArray(c, at);
      c41.intoArray(c, at + LANES);
      c42.intoArray(c, at + 2 * LANES);
      c43.intoArray(c, at + 3 * LANES);
    }
  }
}
