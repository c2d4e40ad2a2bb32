package io.ghostmoe.moe;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.Combine;
import io.ghostmoe.autograd.Dispatch;
import io.ghostmoe.autograd.ExpertOrder;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Recompute;
import io.ghostmoe.autograd.RouterLosses;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.autograd.TopK;
import io.ghostmoe.autograd.Variable;
import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.RoutingPlan;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A layer of experts of which each token visits k. Dropless: tokens are sorted by expert and each
 * expert multiplies exactly its own rows. Source: Shazeer et al. 2017; Gale et al. 2022.
 *
 * <p>A ghost has no part in it before it is woken; then it is one expert more.
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
  public record Output(Variable y, RoutingStats stats) implements Recompute.Result {
    @Override
    public List<Tensor> measured() {
      return stats.tensors();
    }
  }

  /**
   * Shapes: x [N,C], segments I32 of N elements.
   *
   * @param lossScale this micro-batch's share of the step, for the auxiliary losses' gradients
   * @param directions whether to measure where the experts' outputs point, in training
   */
  public Output forward(
      Tape tape, Variable x, Tensor segments, float lossScale, boolean directions) {
    Variable scores = router.scores(tape, x);
    TopK selected = router.select(tape, scores, segments);
    Variable gates = selected.gates();
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
    Variable y = Combine.apply(tape, outputs, gates, order);
    Optional<RoutingStats.Training> training =
        tape.measuring()
            ? Optional.of(
                new RoutingStats.Training(
                    utility(tape, outputs, gates, order),
                    router.scoresToKeep(tape, scores),
                    directions
                        ? Optional.of(directions(tape, x, outputs, y, order, segments))
                        : Optional.empty()))
            : Optional.empty();
    return new Output(y, new RoutingStats(order.offsets(), losses, training));
  }

  private Tensor utility(Tape tape, Variable outputs, Variable gates, ExpertOrder order) {
    Tensor utility = tape.take(DType.F32, experts.awake());
    tape.backend()
        .expertUtility(outputs.value(), gates.value(), order.offsets(), order.slotOfRow(), utility);
    return utility;
  }

  private RoutingStats.Directions directions(
      Tape tape, Variable x, Variable outputs, Variable y, ExpertOrder order, Tensor segments) {
    Backend backend = tape.backend();
    Tensor sums = tape.take(DType.F32, experts.awake(), config.width());
    Tensor alignment = tape.take(DType.F32, 3);
    backend.expertSums(outputs.value(), order.offsets(), sums);
    backend.alignment(x.value(), y.value(), segments, alignment);
    return new RoutingStats.Directions(sums, alignment);
  }

  /** The number of experts that tokens can visit. */
  public int awake() {
    return experts.awake();
  }

  /** What an expert computes with: the weights and biases of its two matrices. */
  public List<Parameter> weightsOf(int expert) {
    return experts.of(expert);
  }

  /** All that is an expert's own: its weights, and its row of the router. */
  public List<Parameter> ownedBy(int expert) {
    List<Parameter> all = new ArrayList<>(experts.of(expert));
    all.add(router.row(expert));
    return all;
  }

  /**
   * One expert more, with storage that did not exist before. {@link #follow} must come before the
   * next forward pass, and the optimizer must take the new parameters in.
   *
   * @param parent the expert to clone; {@link Ghost#NONE} for weights drawn anew
   */
  public void wake(int parent) {
    router.add(parent);
    if (parent == Ghost.NONE) {
      experts.add();
    } else {
      experts.addClone(parent);
    }
  }

  /** Makes room for the experts that a checkpoint has, which is about to fill them. */
  public void restore(int awake) {
    while (experts.awake() < awake) {
      wake(Ghost.NONE);
    }
    router.restored();
  }

  /** What selection and balance go by from here on. */
  public void follow(RoutingPlan plan) {
    router.follow(plan);
  }

  /**
   * After an optimizer step: steers the selection towards the load's targets, and follows the next
   * step's plan.
   *
   * @param counts slots per awake expert, summed over the micro-batches of the step
   * @param seen the router's scores in the step, where a ghost is waking up
   * @param arena for what is only needed here
   */
  public void balance(int[] counts, float rate, SeenScores seen, RoutingPlan next, Arena arena) {
    router.balance(counts, rate, seen, next, arena);
  }

  @Override
  public void close() {
    router.close();
  }
}
