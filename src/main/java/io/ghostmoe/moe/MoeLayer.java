package io.ghostmoe.moe;

import io.ghostmoe.autograd.Combine;
import io.ghostmoe.autograd.Dispatch;
import io.ghostmoe.autograd.ExpertOrder;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.RouterLosses;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.autograd.TopK;
import io.ghostmoe.autograd.Variable;
import io.ghostmoe.tensor.Tensor;

/**
 * A layer of experts of which each token visits k. Dropless: tokens are sorted by expert and each
 * expert multiplies exactly its own rows. Source: Shazeer et al. 2017; Gale et al. 2022.
 */
public final class MoeLayer implements AutoCloseable {
  private final MoeConfig config;
  private final Router router;
  private final Experts experts;

  /**
   * Registers the layer's parameters.
   *
   * @param prefix of their names, for example {@code layers.0.moe}
   * @param residualDeviation standard deviation of the initial down-projections
   */
  public MoeLayer(
      ParameterRegistry registry, String prefix, MoeConfig config, double residualDeviation) {
    this.config = config;
    router = new Router(registry, prefix, config);
    experts = new Experts(registry, prefix + ".experts", config, residualDeviation);
  }

  /**
   * What a forward pass gives.
   *
   * @param y [N,C], 0 for padding
   * @param stats for the trainer
   */
  public record Output(Variable y, RoutingStats stats) {}

  /**
   * Shapes: x [N,C], segments I32 of N elements.
   *
   * @param lossScale this micro-batch's share of the step, for the auxiliary losses' gradients
   */
  public Output forward(Tape tape, Variable x, Tensor segments, float lossScale) {
    Variable scores = router.scores(tape, x);
    TopK selected = router.select(tape, scores);
    ExpertOrder order = ExpertOrder.of(tape, selected.experts(), segments, experts.awake());
    Tensor losses =
        RouterLosses.apply(
            tape,
            scores,
            order,
            segments,
            config.auxLoss() * lossScale,
            config.zLoss() * lossScale);
    Variable rows = Dispatch.apply(tape, x, order);
    Variable outputs = experts.forward(tape, rows, order.offsets());
    Variable y = Combine.apply(tape, outputs, selected.gates(), order);
    return new Output(y, new RoutingStats(order.offsets(), losses));
  }

  /** The number of experts that tokens can visit. */
  public int awake() {
    return experts.awake();
  }

  /**
   * After an optimizer step: steers the selection towards an even load.
   *
   * @param counts slots per awake expert, summed over the micro-batches of the step
   */
  public void balance(int[] counts, float rate) {
    router.balance(counts, rate);
  }

  /** Gives back what is not the registry's. */
  @Override
  public void close() {
    router.close();
  }
}
