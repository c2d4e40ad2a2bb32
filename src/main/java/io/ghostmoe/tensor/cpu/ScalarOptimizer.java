package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.ScalarBuffer.reals;

import io.ghostmoe.tensor.Backend.AdamWStep;
import io.ghostmoe.tensor.Tensor;

/** AdamW. */
final class ScalarOptimizer {
  /** Keeps the clipping factor finite for a norm of 0, as PyTorch's clip_grad_norm_ does. */
  private static final double NORM_EPSILON = 1e-6;

  private ScalarOptimizer() {}

  static void adamW(
      AdamWStep step, Tensor norm, Tensor value, Tensor gradient, Tensor m, Tensor v) {
    double total = reals(norm).get(0);
    if (!Double.isFinite(total)) {
      return;
    }
    double clip = Math.min(1, step.maxNorm() / (total + NORM_EPSILON));
    double beta1 = step.beta1();
    double beta2 = step.beta2();
    double correction1 = 1 - Math.pow(beta1, (double) step.count());
    double correction2 = 1 - Math.pow(beta2, (double) step.count());
    double rate = step.learningRate();
    for (int i = 0; i < value.elements(); i++) {
      double slope = reals(gradient).get(i) * clip;
      double first = beta1 * reals(m).get(i) + (1 - beta1) * slope;
      double second = beta2 * reals(v).get(i) + (1 - beta2) * slope * slope;
      double direction = first / correction1 / (Math.sqrt(second / correction2) + step.epsilon());
      double before = reals(value).get(i);
      reals(value).set(i, before - rate * (direction + step.weightDecay() * before));
      reals(m).set(i, first);
      reals(v).set(i, second);
      reals(gradient).set(i, 0);
    }
  }
}
