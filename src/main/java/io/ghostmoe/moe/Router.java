package io.ghostmoe.moe;

import io.ghostmoe.autograd.Linear;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.autograd.TopK;
import io.ghostmoe.autograd.Variable;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.Arrays;

/**
 * Decides which experts a token visits, and keeps their load even with a bias that steers the
 * selection and no gradient. Source of the bias: Wang et al. 2024, "Auxiliary-loss-free load
 * balancing".
 */
final class Router {
  /** Standard deviation of initial weights everywhere but in residual projections. */
  static final double DEVIATION = 0.02;

  private final int topK;
  private final Parameter weight;
  private final Tensor bias;

  Router(ParameterRegistry registry, String prefix, MoeConfig config) {
    topK = config.topK();
    weight =
        registry.normal(
            prefix + ".router.weight", DEVIATION, false, config.experts(), config.width());
    bias = registry.state(prefix + ".balance_bias", 0, config.experts());
  }

  /** Shapes: x [N,C]; returns the scores [N,A]. */
  Variable scores(Tape tape, Variable x) {
    return Linear.apply(tape, x, weight, null);
  }

  /** Shapes: scores [N,A]. */
  TopK select(Tape tape, Variable scores) {
    return TopK.apply(tape, scores, bias, topK);
  }

  /**
   * Moves the bias of overloaded experts down and of idle ones up by {@code rate}.
   *
   * @param counts slots per awake expert, summed over the micro-batches of the step
   */
  void balance(Backend backend, int[] counts, float rate) {
    if (counts.length == topK) {
      return; // every token visits every expert: there is nothing to steer
    }
    Tensor load = backend.allocate(DType.I32, counts.length);
    Tensor targets = backend.allocate(DType.F32, counts.length);
    float[] even = new float[counts.length];
    Arrays.fill(even, 1f / counts.length);
    backend.write(counts, load);
    backend.write(even, targets);
    backend.updateBalanceBias(load, targets, rate, bias);
    backend.release(load);
    backend.release(targets);
  }
}
