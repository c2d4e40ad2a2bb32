package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import io.ghostmoe.tensor.Backend.AdamWStep;
import jdk.incubator.vector.FloatVector;

/** The optimizer: one pass over value, gradient and both moments, gradient cleared on the way. */
final class VectorAdamW {
  private final VectorElementwise elementwise;

  VectorAdamW(VectorElementwise elementwise) {
    this.elementwise = elementwise;
  }

  void step(AdamWStep step, float norm, float[] value, float[] gradient, float[] m, float[] v) {
    if (!Float.isFinite(norm)) {
      return;
    }
    Factors f = Factors.of(step, norm);
    elementwise.blocks(value.length, (from, to) -> span(f, value, gradient, m, v, from, to));
  }

  /**
   * The step's scalars, corrections folded in: {@code value = value·keep − rate·m / (√v·rootScale +
   * epsilon)}.
   */
  private record Factors(
      float clip,
      float beta1,
      float beta2,
      float keep,
      float rate,
      float rootScale,
      float epsilon) {
    static Factors of(AdamWStep s, float norm) {
      double correction1 = 1 - StrictMath.pow(s.beta1(), (double) s.count());
      double correction2 = 1 - StrictMath.pow(s.beta2(), (double) s.count());
      return new Factors(
          (float) Math.min(1, s.maxNorm() / (norm + 1e-6)),
          s.beta1(),
          s.beta2(),
          (float) (1 - (double) s.learningRate() * s.weightDecay()),
          (float) (s.learningRate() / correction1),
          (float) (1 / Math.sqrt(correction2)),
          s.epsilon());
    }
  }

  private static void span(
      Factors f, float[] value, float[] gradient, float[] m, float[] v, int from, int to) {
    FloatVector beta1 = FloatVector.broadcast(SPECIES, f.beta1);
    FloatVector beta2 = FloatVector.broadcast(SPECIES, f.beta2);
    FloatVector keep = FloatVector.broadcast(SPECIES, f.keep);
    FloatVector zero = FloatVector.zero(SPECIES);
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      FloatVector g = FloatVector.fromArray(SPECIES, gradient, i).mul(f.clip);
      FloatVector m1 = FloatVector.fromArray(SPECIES, m, i).fma(beta1, g.mul(1 - f.beta1));
      FloatVector v1 = FloatVector.fromArray(SPECIES, v, i).fma(beta2, g.mul(g).mul(1 - f.beta2));
      FloatVector step = m1.mul(f.rate).div(v1.sqrt().mul(f.rootScale).add(f.epsilon));
      FloatVector.fromArray(SPECIES, value, i).fma(keep, step.neg()).intoArray(value, i);
      m1.intoArray(m, i);
      v1.intoArray(v, i);
      zero.intoArray(gradient, i);
    }
    for (; i < to; i++) {
      float g = gradient[i] * f.clip;
      m[i] = Math.fma(m[i], f.beta1, g * (1 - f.beta1));
      v[i] = Math.fma(v[i], f.beta2, g * g * (1 - f.beta2));
      float step = m[i] * f.rate / ((float) Math.sqrt(v[i]) * f.rootScale + f.epsilon);
      value[i] = Math.fma(value[i], f.keep, -step);
      gradient[i] = 0;
    }
  }
}
