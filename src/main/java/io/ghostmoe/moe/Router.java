package io.ghostmoe.moe;

import io.ghostmoe.autograd.Linear;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.StackRows;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.autograd.TopK;
import io.ghostmoe.autograd.Variable;
import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.GhostConfig.Bias;
import io.ghostmoe.moe.ghost.MarginQuantile;
import io.ghostmoe.moe.ghost.RoutingPlan;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Decides which experts a token visits, and keeps their load at its targets with a bias that steers
 * the selection and no gradient. Source of the bias: Wang et al. 2024, "Auxiliary-loss-free load
 * balancing". The bias of a ghost that is waking up is a quantile of its margins instead, since
 * small steps would take the length of a run to bring it near its share.
 */
final class Router implements AutoCloseable {
  /** Standard deviation of initial weights everywhere but in residual projections. */
  static final double DEVIATION = 0.02;

  /** Deviation of the noise on a cloned row, in the parent's root mean square. */
  private static final double NOISE = 0.01;

  private final Backend backend;
  private final ParameterRegistry registry;
  private final String prefix;
  private final MoeConfig config;
  private final List<Parameter> rows = new ArrayList<>();
  private Tensor bias;
  private Tensor families;
  private Tensor activations;
  private RoutingPlan plan;

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
   * @param parent whose row it takes, with a little noise; {@link Ghost#NONE} for a row of its own
   */
  void add(int parent, Bias.Start start) {
    addRow();
    if (parent != Ghost.NONE) {
      writeNoisyCopy(rows.get(parent), rows.getLast());
    }
    float[] biases = Arrays.copyOf(read(bias), rows.size());
    biases[rows.size() - 1] =
        start == Bias.Start.PARENT && parent != Ghost.NONE ? biases[parent] : 0;
    Tensor longer = backend.allocate(DType.F32, rows.size());
    backend.write(biases, longer);
    registry.replaceState(prefix + ".balance_bias", longer);
    bias = longer;
    if (start != Bias.Start.QUANTILE) {
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

  /** The experts of each token, and how near those were whose bias follows a quantile. */
  record Selection(TopK experts, List<RoutingStats.Margins> margins) {}

  /** Shapes: scores [N,A], segments I32 of N elements. */
  Selection select(Tape tape, Variable scores, Tensor segments) {
    List<RoutingStats.Margins> margins = new ArrayList<>();
    for (int e = config.experts(); tape.recording() && e < rows.size(); e++) {
      if (plan.ramping()[e] || e >= biased) {
        margins.add(new RoutingStats.Margins(e, margins(tape, scores, segments, e)));
      }
      if (e >= biased) {
        startBias(e, margins.getLast().margins());
      }
    }
    TopK selected = TopK.apply(tape, scores, bias, families, activations, config.topK());
    return new Selection(selected, margins);
  }

  private Tensor margins(Tape tape, Variable scores, Tensor segments, int expert) {
    Tensor margins = tape.take(DType.F32, scores.value().dim(0));
    backend.routerMargins(scores.value(), bias, families, segments, expert, config.topK(), margins);
    return margins;
  }

  /** The only place where a forward pass waits for the device: the first pass of a ghost. */
  private void startBias(int expert, Tensor margins) {
    float found = MarginQuantile.bias(read(margins), share(plan, expert));
    float[] biases = read(bias);
    biases[expert] = Float.isFinite(found) ? found : 0;
    backend.write(biases, bias);
    biased = expert + 1;
  }

  /** The share of the tokens that an expert should have. */
  private double share(RoutingPlan shares, int expert) {
    return config.topK() * (double) shares.targets()[expert];
  }

  /**
   * Moves the bias of overloaded experts down and of idle ones up by {@code rate}; that of a ghost
   * that is waking up goes towards the quantile of its margins.
   *
   * @param counts slots per awake expert, summed over the micro-batches of the step
   * @param margins [A] of the step; empty where the bias follows none
   * @param next the plan of the next step, in which the biases are used
   * @param gain share of the distance to the quantile that is gone
   */
  void balance(int[] counts, float rate, float[][] margins, RoutingPlan next, double gain) {
    if (counts.length == config.topK()) {
      return; // every token visits every expert: there is nothing to steer
    }
    float[] rates = new float[counts.length];
    Arrays.fill(rates, rate);
    float[] biases = null;
    for (int e = config.experts(); e < counts.length; e++) {
      float found =
          margins[e].length == 0 ? Float.NaN : MarginQuantile.bias(margins[e], share(next, e));
      if (Float.isFinite(found)) {
        biases = biases == null ? read(bias) : biases;
        biases[e] += (float) (gain * (found - biases[e]));
        rates[e] = 0;
      }
    }
    if (biases != null) {
      backend.write(biases, bias);
    }
    update(counts, rates);
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
