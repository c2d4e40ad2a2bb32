package io.ghostmoe.train;

import io.ghostmoe.checkpoint.FileMark;
import io.ghostmoe.checkpoint.TrainState;
import io.ghostmoe.data.batch.BatchPosition;
import io.ghostmoe.moe.ghost.GhostProgress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far a run is: what grows from step to step, and survives in a checkpoint's state. */
final class Progress {
  private static final int RECENT = 10;

  private final Deque<Double> recentLosses = new ArrayDeque<>();
  private long step;
  private long tokens;
  private double trainSeconds;
  private double firstLoss = Double.NaN;
  private @Nullable Double bestEvalLoss;
  private long bestStep;
  private boolean evaluationDue;

  /** A run at its start. */
  Progress() {}

  /** A run where a checkpoint left it. */
  Progress(TrainState state) {
    step = state.step();
    tokens = state.tokens();
    trainSeconds = state.trainSeconds();
    firstLoss = state.firstLoss();
    recentLosses.addAll(state.recentLosses());
    bestEvalLoss = state.bestEvalLoss();
    bestStep = state.bestStep();
    evaluationDue = state.evaluationDue();
  }

  void stepDone(double loss, long realTokens, double seconds) {
    if (step == 0) {
      firstLoss = loss;
    }
    step++;
    tokens += realTokens;
    trainSeconds += seconds;
    recentLosses.addLast(loss);
    if (recentLosses.size() > RECENT) {
      recentLosses.removeFirst();
    }
  }

  /** Notes that this step is not over without an evaluation. */
  void requireEvaluation() {
    evaluationDue = true;
  }

  /** Whether an evaluation was required and has not been made. */
  boolean evaluationDue() {
    return evaluationDue;
  }

  /** Notes an evaluation; true if none was better. */
  boolean evaluated(double evalLoss) {
    evaluationDue = false;
    if (bestEvalLoss != null && evalLoss >= bestEvalLoss) {
      return false;
    }
    bestEvalLoss = evalLoss;
    bestStep = step;
    return true;
  }

  /** The state to save. */
  TrainState state(
      BatchPosition position,
      RunIdentity identity,
      FileMark metrics,
      List<Long> updates,
      GhostProgress ghosts) {
    return new TrainState(
        TrainState.VERSION,
        step,
        tokens,
        position.epoch(),
        position.batch(),
        trainSeconds,
        firstLoss,
        List.copyOf(recentLosses),
        bestEvalLoss,
        bestStep,
        evaluationDue,
        identity.data(),
        identity.settings(),
        metrics,
        updates,
        ghosts);
  }

  long step() {
    return step;
  }

  long tokens() {
    return tokens;
  }

  double trainSeconds() {
    return trainSeconds;
  }

  double firstLoss() {
    return firstLoss;
  }

  double lastLoss() {
    return recentLosses.isEmpty() ? Double.NaN : recentLosses.getLast();
  }

  /** Mean of the last min(10, steps) losses. */
  double recentLoss() {
    return recentLosses.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }

  /** Whether the last ten steps were all worse than twice the first: it will not come back. */
  boolean diverged() {
    return recentLosses.size() == RECENT
        && recentLosses.stream().allMatch(loss -> loss > 2 * firstLoss);
  }
}
