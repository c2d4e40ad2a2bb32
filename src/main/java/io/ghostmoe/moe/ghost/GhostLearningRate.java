package io.ghostmoe.moe.ghost;

/** The learning rate of a ghost, for all of its weights. */
public final class GhostLearningRate {
  private final GhostConfig config;

  /** Rates for the ghosts of a run. */
  public GhostLearningRate(GhostConfig config) {
    this.config = config;
  }

  /**
   * The rate in a step; 0 for a dormant ghost.
   *
   * @param step from 0
   * @param relative the primaries' learning rate over its peak, in [0, 1]
   */
  public double of(Ghost ghost, long step, double relative) {
    if (!ghost.isAwake()) {
      return 0;
    }
    double peak = config.learningRate();
    return switch (config.coupling()) {
      case REWARM -> {
        double warm = (step - ghost.wakeStep() + 1) / (double) config.rampSteps();
        yield peak * relative * Math.min(1, warm);
      }
      case INVERSE -> peak * (1 - relative) * ghost.activation();
      case COMPLEMENTARY -> peak * ghost.activation();
    };
  }
}
