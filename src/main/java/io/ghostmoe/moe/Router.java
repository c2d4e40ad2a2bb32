package io.ghostmoe.moe;

import io.ghostmoe.autograd.Linear;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.StackRows;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.autograd.TopK;
import io.ghostmoe.autograd.Variable;
import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.GhostConfig.StartBias;
import io.ghostmoe.moe.ghost.MarginQuantile;
import io.ghostmoe.moe.ghost.RoutingPlan;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Decides which experts a token visits, and keeps their load at its targets with a bias that steers
 * the selection and no gradient. Source of the bias: Wang et al. 2024, "Auxiliary-loss-free load
 * balancing". The bias of a ghost that is waking up is a quantile of its margins instead, since
 * small steps would take the length of a run to bring it near its share.
 */
final class Router implements AutoCloseable {
  /** Standard deviation of initial weights everywhere but in residual projections. */
  static final double DEVIATION = 0.02;

  /**
   * Deviation of the noise on a cloned row, in the parent's root mean square. The margins between a
   * clone and its parent are this noise; where they lie closer together than a row moves in a step,
   * no bias can hold a share.
   */
  private static final double NOISE = 0.6;

  private final Backend backend;
  private final ParameterRegistry registry;
  private final String prefix;
  private final MoeConfig config;
  private final List<Parameter> rows = new ArrayList<>();
  private Tensor bias;
  private Tensor families;
  private Tensor activations;
  private RoutingPlan plan;
  private StartBias startBias = StartBias.QUANTILE;

  /** Experts from this one on have no bias of their own before their first forward pass. */
  private int biased;

  Router(ParameterRegistry registry, String prefix, MoeConfig config) {
    this.backend = registry.backend();
    this.registry = registry;
    this.prefix = prefix;
    this.config = config;
    int experts = config.experts();
    for (int e = 0; e < experts; e++) {
      addRow();
    }
    bias = registry.state(prefix + ".balance_bias", 0, experts);
    families = backend.allocate(DType.I32, experts);
    activations = backend.allocate(DType.F32, experts);
    plan = RoutingPlan.of(experts);
    writePlan();
    biased = experts;
  }

  private void addRow() {
    rows.add(
        registry.normalExpert(
            prefix + ".router.weight", rows.size(), DEVIATION, false, config.width()));
  }

  /** The row of an expert, [C]. */
  Parameter row(int expert) {
    return rows.get(expert);
  }

  /**
   * One more expert can be selected; {@link #follow} must come before the next forward pass.
   *
   * @param parent whose row it takes, with noise; {@link Ghost#NONE} for a row of its own
   */
  void add(int parent, StartBias start) {
    startBias = start;
    addRow();
    if (parent != Ghost.NONE) {
      writeNoisyCopy(rows.get(parent), rows.getLast());
    }
    float[] biases = Arrays.copyOf(read(bias), rows.size());
    biases[rows.size() - 1] =
        start == StartBias.PARENT && parent != Ghost.NONE ? biases[parent] : 0;
    Tensor longer = backend.allocate(DType.F32, rows.size());
    backend.write(biases, longer);
    registry.replaceState(prefix + ".balance_bias", longer);
    bias = longer;
    if (start != StartBias.QUANTILE) {
      biased = rows.size();
    }
  }

  /** Every expert has a bias: a checkpoint is about to fill it. */
  void restored() {
    biased = rows.size();
  }

  /** The draws that the new row came with are the noise. */
  private void writeNoisyCopy(Parameter parent, Parameter child) {
    float[] row = read(parent.value());
    float[] draws = read(child.value());
    double squares = 0;
    for (float weight : row) {
      squares += (double) weight * weight;
    }
    double scale = NOISE * Math.sqrt(squares / row.length) / DEVIATION;
    for (int i = 0; i < row.length; i++) {
      row[i] += (float) (scale * draws[i]);
    }
    backend.write(row, child.value());
  }

  /** From here on selection and balance go by this plan, which has as many experts as there are. */
  void follow(RoutingPlan next) {
    if (next.experts() != rows.size()) {
      throw new IllegalArgumentException(
          "a plan for %d experts, %d are awake".formatted(next.experts(), rows.size()));
    }
    if (next.experts() != plan.experts()) {
      close();
      families = backend.allocate(DType.I32, next.experts());
      activations = backend.allocate(DType.F32, next.experts());
    } else if (next.equals(plan)) {
      return;
    }
    plan = next;
    writePlan();
  }

  private void writePlan() {
    backend.write(plan.families(), families);
    backend.write(plan.activations(), activations);
  }

  /** Shapes: x [N,C]; returns the scores [N,A]. */
  Variable scores(Tape tape, Variable x) {
    return Linear.apply(tape, x, StackRows.apply(tape, rows));
  }

  /** Shapes: scores [N,A], segments I32 of N elements. */
  TopK select(Tape tape, Variable scores, Tensor segments) {
    for (int e = config.experts(); tape.recording() && e < rows.size(); e++) {
      if (e >= biased) {
        startBias(e, scores.value(), segments);
      }
    }
    return TopK.apply(tape, scores, bias, families, activations, config.topK());
  }

  /** A copy that outlives the backward pass, where a ghost's bias will go by it. */
  Optional<Tensor> scoresToKeep(Tape tape, Variable scores) {
    if (!tape.recording() || !plan.anyRamping()) {
      return Optional.empty();
    }
    Tensor kept = tape.take(DType.F32, scores.value().dim(0), scores.value().dim(1));
    backend.copy(scores.value(), kept);
    return Optional.of(kept);
  }

  /** The only place where a forward pass waits for the device: the first pass of a ghost. */
  private void startBias(int expert, Tensor scores, Tensor segments) {
    setBias(expert, scores, segments);
    biased = Math.max(biased, expert + 1);
  }

  /** To where the expert would have its share of these tokens. */
  private void setBias(int expert, Tensor scores, Tensor segments) {
    Tensor margins = backend.allocate(DType.F32, scores.dim(0));
    backend.routerMargins(scores, bias, families, segments, expert, config.topK(), margins);
    double share = config.topK() * (double) plan.targets()[expert];
    float wanted = MarginQuantile.bias(read(margins), share);
    backend.release(margins);
    if (Float.isFinite(wanted)) {
      float[] biases = read(bias);
      biases[expert] = wanted;
      backend.write(biases, bias);
    }
  }

  /**
   * After an optimizer step: moves the bias of overloaded experts down and of idle ones up by
   * {@code rate}, and that of a ghost that is waking up to where it would have had its share, by
   * the plan, the biases and the scores that there are now.
   *
   * @param counts slots per awake expert, summed over the micro-batches of the step
   * @param seen the scores of the step, where a ghost is waking up
   * @param next the plan of the next step, in which the biases are used
   */
  void balance(int[] counts, float rate, SeenScores seen, RoutingPlan next) {
    boolean[] follows = new boolean[counts.length];
    float[] rates = new float[counts.length];
    for (int e = 0; e < counts.length; e++) {
      follows[e] = plan.ramping()[e] && startBias == StartBias.QUANTILE;
      rates[e] = follows[e] ? 0 : rate;
    }
    if (counts.length > config.topK()) { // else every token visits every expert
      update(counts, rates);
    }
    follow(next);
    if (seen.segments().length > 0) {
      followQuantiles(follows, seen);
    }
  }

  private void followQuantiles(boolean[] follows, SeenScores seen) {
    int tokens = seen.segments().length;
    Tensor scores = backend.allocate(DType.F32, tokens, follows.length);
    Tensor segments = backend.allocate(DType.I32, tokens);
    backend.write(seen.scores(), scores);
    backend.write(seen.segments(), segments);
    for (int e = 0; e < follows.length; e++) {
      if (follows[e]) {
        setBias(e, scores, segments);
      }
    }
    backend.release(scores);
    backend.release(segments);
  }

  private void update(int[] counts, float[] rates) {
    Tensor load = backend.allocate(DType.I32, counts.length);
    Tensor targets = backend.allocate(DType.F32, counts.length);
    Tensor steps = backend.allocate(DType.F32, counts.length);
    backend.write(counts, load);
    backend.write(plan.targets(), targets);
    backend.write(rates, steps);
    backend.updateBalanceBias(load, targets, steps, bias);
    backend.release(load);
    backend.release(targets);
    backend.release(steps);
  }

  private float[] read(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  @Override
  public void close() {
    backend.release(families);
    backend.release(activations);
  }
}
