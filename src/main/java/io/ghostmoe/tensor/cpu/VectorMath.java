package io.ghostmoe.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the Vector API lacks or does in an unfixed order. Its transcendental functions and its float
 * reductions changed bits once C2 had compiled them; these do not, since they consist of operations
 * that IEEE 754 rounds in one way only.
 */
final class VectorMath {
  /** The widest vectors of this machine. */
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** Floats in a vector. */
  static final int LANES = SPECIES.length();

  /** [half]: the lanes whose index has the bit {@code half}. */
  @SuppressWarnings({"unchecked", "rawtypes"})
  private static final VectorMask<Float>[] UPPER = new VectorMask[LANES / 2 + 1];

  static {
    for (int half = LANES / 2; half > 0; half /= 2) {
      boolean[] lanes = new boolean[LANES];
      for (int i = 0; i < LANES; i++) {
        lanes[i] = (i & half) != 0;
      }
      UPPER[half] = VectorMask.fromArray(SPECIES, lanes, 0);
    }
  }

  private static final float LOG2_E = 1.442695f;
  // adding and taking off 1.5·2^23 rounds to the nearest integer, which then lies in the low bits
  private static final float ROUND = 12582912f;
  // ln 2 in two parts, the first with so few bits that n·LN2_HIGH is exact
  private static final float LN2_HIGH = 0.6933594f;
  private static final float LN2_LOW = -2.12194440e-4f;

  private VectorMath() {}

  /**
   * e^x with a relative error below 2.5e-7 for x in [−87, 88], to which x is clamped; NaN stays
   * NaN. Source: Cephes expf (Moshier), with fused multiply-adds.
   */
  static FloatVector exp(FloatVector x) {
    // not max and min: their rules for NaN and −0 cost six instructions each, these two
    FloatVector low = x.blend(-87f, x.lt(-87f));
    FloatVector clamped = low.blend(88f, FloatVector.broadcast(SPECIES, 88f).lt(low));
    FloatVector shifted =
        clamped.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUND));
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), clamped);
    r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(SPECIES, 0.00019875691f);
    p = p.fma(r, FloatVector.broadcast(SPECIES, 0.0013981999f));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 0.008333452f));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 0.041665796f));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 0.16666666f));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 0.5f));
    p = p.mul(r).fma(r, r).add(1f);
    return p.reinterpretAsInts()
        .add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
        .reinterpretAsFloats();
  }

  /** The greater of two lane by lane; {@code a} where either is NaN. */
  static FloatVector greater(FloatVector a, FloatVector b) {
    return a.blend(b, a.lt(b));
  }

  /** 1 / (1 + e^−x). */
  static FloatVector sigmoid(FloatVector x) {
    return FloatVector.broadcast(SPECIES, 1f).div(exp(x.neg()).add(1f));
  }

  /**
   * The sum of all lanes, added pairwise in a fixed order.
   *
   * @param scratch at least {@link #LANES} floats that may be overwritten
   */
  static float sum(FloatVector x, float[] scratch) {
    x.intoArray(scratch, 0);
    return sum(scratch);
  }

  /** The sum of the first {@link #LANES} floats, which are overwritten, in the same order. */
  private static float sum(float[] scratch) {
    for (int width = LANES / 2; width > 0; width /= 2) {
      for (int i = 0; i < width; i++) {
        scratch[i] += scratch[i + width];
      }
    }
    return scratch[0];
  }

  /**
   * The sums over the lanes of as many vectors as there are lanes, each added pairwise in the order
   * of {@link #sum}.
   *
   * @param vectors {@code LANES} vectors one after the other from the start; overwritten
   * @return lane i: the sum of vector i
   */
  static FloatVector sums(float[] vectors) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      VectorMask<Float> upper = UPPER[half];
      for (int i = 0; i < half; i++) {
        int a = i * LANES;
        int b = a + half * LANES;
        // two vectors folded into one: a's sums in the lower lanes of each pair of halves, b's
        // above
        FloatVector lower =
            FloatVector.fromArray(SPECIES, vectors, a)
                .add(FloatVector.fromArray(SPECIES, vectors, a + half));
        FloatVector higher =
            FloatVector.fromArray(SPECIES, vectors, b - half)
                .add(FloatVector.fromArray(SPECIES, vectors, b));
        lower.blend(higher, upper).intoArray(vectors, a);
      }
    }
    return FloatVector.fromArray(SPECIES, vectors, 0);
  }

  /** ⟨a, b⟩ of {@code length} floats, in an order that depends on the length alone. */
  static float dot(float[] a, int aOffset, float[] b, int bOffset, int length, float[] scratch) {
    int whole = length / LANES * LANES;
    laneSums(a, aOffset, b, bOffset, whole, scratch, 0);
    float tail = 0;
    for (int i = whole; i < length; i++) {
      tail = Math.fma(a[aOffset + i], b[bOffset + i], tail);
    }
    return sum(scratch) + tail;
  }

  /**
   * The products of {@code length} pairs, a multiple of {@link #LANES}, summed up lane by lane.
   *
   * @param sums gets a vector at {@code at}
   */
  static void laneSums(
      float[] a, int aOffset, float[] b, int bOffset, int length, float[] sums, int at) {
    FloatVector even = FloatVector.zero(SPECIES);
    FloatVector odd = even;
    int i = 0;
    for (; i <= length - 2 * LANES; i += 2 * LANES) {
      even =
          FloatVector.fromArray(SPECIES, a, aOffset + i)
              .fma(FloatVector.fromArray(SPECIES, b, bOffset + i), even);
      odd =
          FloatVector.fromArray(SPECIES, a, aOffset + i + LANES)
              .fma(FloatVector.fromArray(SPECIES, b, bOffset + i + LANES), odd);
    }
    if (i < length) {
      even =
          FloatVector.fromArray(SPECIES, a, aOffset + i)
              .fma(FloatVector.fromArray(SPECIES, b, bOffset + i), even);
    }
    even.add(odd).intoArray(sums, at);
  }

  /** {@code y += factor·x} over {@code length} floats. */
  static void axpy(float factor, float[] x, int xOffset, float[] y, int yOffset, int length) {
    int i = 0;
    for (; i <= length - LANES; i += LANES) {
      FloatVector.fromArray(SPECIES, x, xOffset + i)
          .fma(
              FloatVector.broadcast(SPECIES, factor),
              FloatVector.fromArray(SPECIES, y, yOffset + i))
          .intoArray(y, yOffset + i);
    }
    for (; i < length; i++) {
      y[yOffset + i] = Math.fma(x[xOffset + i], factor, y[yOffset + i]);
    }
  }

  /** {@code y = factor·x} over {@code length} floats. */
  static void scale(float factor, float[] x, int xOffset, float[] y, int yOffset, int length) {
    int i = 0;
    for (; i <= length - LANES; i += LANES) {
      FloatVector.fromArray(SPECIES, x, xOffset + i).mul(factor).intoArray(y, yOffset + i);
    }
    for (; i < length; i++) {
      y[yOffset + i] = x[xOffset + i] * factor;
    }
  }
}
