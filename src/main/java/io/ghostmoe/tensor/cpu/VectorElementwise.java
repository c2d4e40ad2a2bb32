package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import io.ghostmoe.base.CounterRandom;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** Operations on one element at a time, cut into fixed blocks. */
final class VectorElementwise {
  /** Elements of a task: enough to be worth handing over, few enough to share out. */
  private static final int BLOCK = 1 << 14;

  // gelu(x) = x·σ(2u), u = √(2/π)(x + 0.044715x³): the tanh form without its cancellation
  private static final float TWO_ROOT = 1.5957692f;
  private static final float CUBIC = 0.044715f;

  private final WorkerPool pool;

  VectorElementwise(WorkerPool pool) {
    this.pool = pool;
  }

  /** A loop over elements [from, to). */
  @FunctionalInterface
  interface Span {
    void run(int from, int to);
  }

  /** Runs {@code span} over blocks of [0, elements). */
  void blocks(int elements, Span span) {
    pool.run(
        (elements + BLOCK - 1) / BLOCK,
        (task, worker) -> span.run(task * BLOCK, Math.min(elements, (task + 1) * BLOCK)));
  }

  void fill(float[] out, float value) {
    blocks(out.length, (from, to) -> Arrays.fill(out, from, to, value));
  }

  void copy(float[] x, float[] out) {
    blocks(x.length, (from, to) -> System.arraycopy(x, from, out, from, to - from));
  }

  void add(float[] a, float[] b, float[] out) {
    blocks(
        out.length,
        (from, to) -> {
          int i = from;
          for (; i <= to - LANES; i += LANES) {
            FloatVector.fromArray(SPECIES, a, i)
                .add(FloatVector.fromArray(SPECIES, b, i))
                .intoArray(out, i);
          }
          for (; i < to; i++) {
            out[i] = a[i] + b[i];
          }
        });
  }

  void dropout(float[] x, float rate, long key, float[] out) {
    float scale = 1 / (1 - rate);
    blocks(
        out.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            out[i] = CounterRandom.uniform(key, i) >= rate ? x[i] * scale : 0;
          }
        });
  }

  void gelu(float[] x, float[] out) {
    blocks(out.length, (from, to) -> geluSpan(x, out, from, to));
  }

  private static void geluSpan(float[] x, float[] out, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      gelu(FloatVector.fromArray(SPECIES, x, i)).intoArray(out, i);
    }
    if (i < to) {
      var mask = SPECIES.indexInRange(i, to);
      gelu(FloatVector.fromArray(SPECIES, x, i, mask)).intoArray(out, i, mask);
    }
  }

  private static FloatVector gelu(FloatVector x) {
    return x.mul(VectorMath.sigmoid(twoU(x)));
  }

  private static FloatVector twoU(FloatVector x) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    return x.mul(x).fma(FloatVector.broadcast(SPECIES, CUBIC), one).mul(x).mul(TWO_ROOT);
  }

  void geluBackward(float[] x, float[] dOut, float[] dX) {
    blocks(dX.length, (from, to) -> geluBackwardSpan(x, dOut, dX, from, to));
  }

  private static void geluBackwardSpan(float[] x, float[] dOut, float[] dX, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      FloatVector.fromArray(SPECIES, dOut, i)
          .mul(geluSlope(FloatVector.fromArray(SPECIES, x, i)))
          .intoArray(dX, i);
    }
    if (i < to) {
      var mask = SPECIES.indexInRange(i, to);
      FloatVector.fromArray(SPECIES, dOut, i, mask)
          .mul(geluSlope(FloatVector.fromArray(SPECIES, x, i, mask)))
          .intoArray(dX, i, mask);
    }
  }

  /** σ + x·σ(1 − σ)·(2u)′ with σ = σ(2u). */
  private static FloatVector geluSlope(FloatVector unbounded) {
    // beyond ±12 the slope is 0 or 1 to the last bit; further out x² would overflow
    FloatVector low = unbounded.blend(-12f, unbounded.lt(-12f));
    FloatVector x = low.blend(12f, FloatVector.broadcast(SPECIES, 12f).lt(low));
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    FloatVector sigma = VectorMath.sigmoid(twoU(x));
    FloatVector slope = x.mul(x).fma(FloatVector.broadcast(SPECIES, 3 * CUBIC), one).mul(TWO_ROOT);
    return x.mul(sigma).mul(one.sub(sigma)).fma(slope, sigma);
  }
}
