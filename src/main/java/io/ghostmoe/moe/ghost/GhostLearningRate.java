package io.ghostmoe.moe.ghost;

/** The learning rate of a ghost, for all of its weights. */
public final class GhostLearningRate {
  private final GhostConfig config;

  /**
   * Rates for the ghosts of a run.
   *
   * @param config of which coupling, highest rate and ramp count
   */
  public GhostLearningRate(GhostConfig config) {
    this.config = config;
  }

  /**
   * {@return the rate in a step; 0 for a dormant ghost}
   *
   * @param ghost as it stands in that step; one that woke in this run
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
