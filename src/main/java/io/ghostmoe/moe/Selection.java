package io.ghostmoe.moe;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.autograd.TopK;
import io.ghostmoe.autograd.Variable;
import io.ghostmoe.moe.ghost.MarginQuantile;
import io.ghostmoe.moe.ghost.RoutingPlan;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.Arrays;

/**
 * Which experts a token visits, given its scores, and the bias that keeps their load at its targets
 * without a gradient. Source: Wang et al. 2024, "Auxiliary-loss-free load balancing". The bias of a
 * ghost that is waking up is a quantile of its margins instead, since small steps would take the
 * length of a run to bring it near its share.
 */
final class Selection implements AutoCloseable {
  private final Backend backend;
  private final ParameterRegistry registry;
  private final String name;
  private final int topK;
  private Tensor bias;
  private Tensor families;
  private Tensor activations;
  private RoutingPlan plan;

  /** Experts from this one on have no bias of their own before their first forward pass. */
  private int biased;

  /**
   * Registers the bias under {@code name}.
   *
   * @param experts that are awake, K or more
   */
  Selection(ParameterRegistry registry, String name, int experts, int topK) {
    this.backend = registry.backend();
    this.registry = registry;
    this.name = name;
    this.topK = topK;
    bias = registry.state(name, 0, experts);
    families = backend.allocate(DType.I32, experts);
    activations = backend.allocate(DType.F32, experts);
    plan = RoutingPlan.of(experts);
    writePlan();
    biased = experts;
  }

  /** One more expert can be selected; {@link #follow} must come before the next forward pass. */
  void add() {
    int experts = bias.elements() + 1;
    float[] biases = Arrays.copyOf(read(bias), experts);
    bias = backend.allocate(DType.F32, experts);
    backend.write(biases, bias);
    registry.replaceState(name, bias);
  }

  /** Every expert has a bias: a checkpoint is about to fill it. */
  void restored() {
    biased = bias.elements();
  }

  /** From here on selection and balance go by this plan, which has as many experts as there are. */
  void follow(RoutingPlan next) {
    if (next.experts() != bias.elements()) {
      throw new IllegalArgumentException(
          "a plan for %d experts, %d are awake".formatted(next.experts(), bias.elements()));
    }
    if (next.experts() != plan.experts()) {
      releasePlan();
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

  /** Whether a bias will go by the scores of the step. */
  boolean followsScores() {
    return plan.anyRamping();
  }

  /**
   * Shapes: scores [N,A], segments I32 of N elements. The first pass of a ghost in training waits
   * for the device, to find its bias; no other does.
   */
  TopK select(Tape tape, Variable scores, Tensor segments) {
    for (; tape.measuring() && biased < bias.elements(); biased++) {
      Tensor margins = tape.take(DType.F32, scores.value().dim(0));
      setBias(biased, margins(scores.value(), segments, biased, margins));
      tape.give(margins);
    }
    return TopK.apply(tape, scores, bias, families, activations, topK);
  }

  /**
   * After an optimizer step: moves the bias of overloaded experts down and of idle ones up by
   * {@code rate}, and that of a ghost that is waking up to where it would have had its share, by
   * the plan, the biases and the scores that there are now.
   *
   * @param counts slots per awake expert, summed over the micro-batches of the step
   * @param seen the scores of the step, where a ghost is waking up
   * @param next the plan of the next step, in which the biases are used
   * @param arena for what is only needed here
   */
  void balance(int[] counts, float rate, SeenScores seen, RoutingPlan next, Arena arena) {
    boolean[] follows = plan.ramping();
    float[] rates = new float[counts.length];
    for (int e = 0; e < counts.length; e++) {
      rates[e] = follows[e] ? 0 : rate;
    }
    if (counts.length > topK) { // else every token visits every expert
      update(counts, rates);
    }
    follow(next);
    for (int e = 0; e < counts.length; e++) {
      if (follows[e]) {
        setBias(e, margins(seen, e, arena));
      }
    }
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

  /** To where the expert would have its share of the tokens that have these margins. */
  private void setBias(int expert, float[] margins) {
    float wanted = MarginQuantile.bias(margins, topK * (double) plan.targets()[expert]);
    if (Float.isFinite(wanted)) { // there was a token
      float[] biases = read(bias);
      biases[expert] = wanted;
      backend.write(biases, bias);
    }
  }

  /** Of all tokens of a step. */
  private float[] margins(SeenScores seen, int expert, Arena arena) {
    float[] all = new float[seen.tokens()];
    int from = 0;
    for (SeenScores.MicroBatch part : seen.microBatches()) {
      int tokens = part.scores().dim(0);
      Tensor margins = arena.take(DType.F32, tokens);
      System.arraycopy(
          margins(part.scores(), part.segments(), expert, margins), 0, all, from, tokens);
      arena.give(margins);
      from += tokens;
    }
    return all;
  }

  private float[] margins(Tensor scores, Tensor segments, int expert, Tensor margins) {
    backend.routerMargins(scores, bias, families, segments, expert, topK, margins);
    return read(margins);
  }

  private float[] read(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  private void releasePlan() {
    backend.release(families);
    backend.release(activations);
  }

  @Override
  public void close() {
    releasePlan();
  }
}
