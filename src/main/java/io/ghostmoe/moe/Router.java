package io.ghostmoe.moe;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.Linear;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.StackRows;
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

/** Scores each token for each expert, and selects by the scores; a row is an expert's own. */
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
  private final String rowName;
  private final int width;
  private final List<Parameter> rows = new ArrayList<>();
  private final Selection selection;

  Router(ParameterRegistry registry, String prefix, MoeConfig config) {
    this.backend = registry.backend();
    this.registry = registry;
    rowName = prefix + ".router.weight";
    width = config.width();
    for (int e = 0; e < config.experts(); e++) {
      addRow();
    }
    selection = new Selection(registry, prefix + ".balance_bias", config.experts(), config.topK());
  }

  private void addRow() {
    rows.add(registry.normalExpert(rowName, rows.size(), DEVIATION, false, width));
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
  void add(int parent) {
    addRow();
    if (parent != Ghost.NONE) {
      writeNoisyCopy(rows.get(parent), rows.getLast());
    }
    selection.add();
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

  private float[] read(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  /** Every expert has a bias: a checkpoint is about to fill it. */
  void restored() {
    selection.restored();
  }

  /** From here on selection and balance go by this plan, which has as many experts as there are. */
  void follow(RoutingPlan next) {
    selection.follow(next);
  }

  /** Shapes: x [N,C]; returns the scores [N,A]. */
  Variable scores(Tape tape, Variable x) {
    return Linear.apply(tape, x, StackRows.apply(tape, rows));
  }

  /** Shapes: scores [N,A], segments I32 of N elements. */
  TopK select(Tape tape, Variable scores, Tensor segments) {
    return selection.select(tape, scores, segments);
  }

  /** A copy that outlives the backward pass, where a ghost's bias will go by it. */
  Optional<Tensor> scoresToKeep(Tape tape, Variable scores) {
    if (!tape.measuring() || !selection.followsScores()) {
      return Optional.empty();
    }
    Tensor kept = tape.take(DType.F32, scores.value().dim(0), scores.value().dim(1));
    backend.copy(scores.value(), kept);
    return Optional.of(kept);
  }

  /** As {@link Selection#balance} says. */
  void balance(int[] counts, float rate, SeenScores seen, RoutingPlan next, Arena arena) {
    selection.balance(counts, rate, seen, next, arena);
  }

  @Override
  public void close() {
    selection.close();
  }
}
