package io.ghostmoe.moe;

import io.ghostmoe.autograd.Linear;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.StackRows;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.autograd.TopK;
import io.ghostmoe.autograd.Variable;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Decides which experts a token visits, and keeps their load even with a bias that steers the
 * selection and no gradient. Source of the bias: Wang et al. 2024, "Auxiliary-loss-free load
 * balancing".
 */
final class Router implements AutoCloseable {
  /** Standard deviation of initial weights everywhere but in residual projections. */
  static final double DEVIATION = 0.02;

  private final int topK;
  private final Backend backend;
  private final List<Parameter> rows = new ArrayList<>();
  private final Tensor bias;
  private final Tensor families;
  private final Tensor activations;

  Router(ParameterRegistry registry, String prefix, MoeConfig config) {
    topK = config.topK();
    backend = registry.backend();
    int awake = config.experts();
    for (int e = 0; e < awake; e++) {
      rows.add(
          registry.normalExpert(prefix + ".router.weight", e, DEVIATION, false, config.width()));
    }
    bias = registry.state(prefix + ".balance_bias", 0, awake);
    families = backend.allocate(DType.I32, awake);
    int[] distinct = new int[awake];
    Arrays.setAll(distinct, e -> e);
    backend.write(distinct, families);
    activations = backend.allocate(DType.F32, awake);
    backend.fill(activations, 1);
  }

  /** Shapes: x [N,C]; returns the scores [N,A]. */
  Variable scores(Tape tape, Variable x) {
    return Linear.apply(tape, x, StackRows.apply(tape, rows));
  }

  /** Shapes: scores [N,A]. */
  TopK select(Tape tape, Variable scores) {
    return TopK.apply(tape, scores, bias, families, activations, topK);
  }

  /**
   * Moves the bias of overloaded experts down and of idle ones up by {@code rate}.
   *
   * @param counts slots per awake expert, summed over the micro-batches of the step
   */
  void balance(int[] counts, float rate) {
    if (counts.length == topK) {
      return; // every token visits every expert: there is nothing to steer
    }
    Tensor load = backend.allocate(DType.I32, counts.length);
    Tensor targets = backend.allocate(DType.F32, counts.length);
    float[] even = new float[counts.length];
    Arrays.fill(even, 1f / counts.length);
    backend.write(counts, load);
    backend.write(even, targets);
    Tensor rates = backend.allocate(DType.F32, counts.length);
    backend.fill(rates, rate);
    backend.updateBalanceBias(load, targets, rates, bias);
    backend.release(load);
    backend.release(targets);
    backend.release(rates);
  }

  /** Gives back what is not the registry's. */
  @Override
  public void close() {
    backend.release(families);
    backend.release(activations);
  }
}
