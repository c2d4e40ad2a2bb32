package io.ghostmoe.moe.ghost;

/**
 * All that the life of a run's ghosts depends on.
 *
 * @param primaries E, primary experts a layer
 * @param ghosts G, ghost experts a layer
 * @param topK K, experts a token
 * @param trigger what wakes them
 * @param threshold saturation at which one wakes, in [0, 1]
 * @param schedule how the activation rises
 * @param rampSteps steps from the wake to activation 1
 * @param coupling how a ghost's learning rate follows the primaries'
 * @param learningRate the highest of a ghost
 * @param init the weights of a woken ghost
 * @param window w, steps over which saturation is measured
 * @param cooldownSteps after which a layer may wake its next ghost although it is still saturated
 * @param warmupSteps of the run's learning rate
 * @param maxSteps of the run
 */
public record GhostConfig(
    int primaries,
    int ghosts,
    int topK,
    GhostTrigger trigger,
    double threshold,
    Schedule schedule,
    int rampSteps,
    Coupling coupling,
    double learningRate,
    Init init,
    int window,
    long cooldownSteps,
    long warmupSteps,
    long maxSteps) {

  /** How a woken ghost's activation rises to 1. */
  public enum Schedule {
    /** By the same step each time. */
    GRADUAL,
    /** At once. */
    BINARY,
    /** By the same step, but only while the layer is saturated. */
    SELECTIVE
  }

  /** How a ghost's learning rate follows the primaries'. */
  public enum Coupling {
    /** The primaries' schedule with a warm-up of its own. */
    REWARM,
    /** High where the primaries' is low. */
    INVERSE,
    /** As high as the ghost is awake. */
    COMPLEMENTARY
  }

  /** What a woken ghost's weights are. */
  public enum Init {
    /** The most useful primary's, half of its hidden units drawn anew. */
    CLONE,
    /** Drawn as at the start of a run. */
    FRESH
  }

  /** Refuses what no run can have; the settings' own messages name the flags. */
  public GhostConfig {
    boolean counts = primaries >= 1 && ghosts >= 0 && topK >= 1 && topK <= primaries;
    boolean steps = rampSteps >= 1 && window >= 1 && cooldownSteps >= 0 && warmupSteps >= 0;
    boolean rates = threshold >= 0 && threshold <= 1 && learningRate >= 0;
    if (!counts || !steps || !rates || Double.isInfinite(learningRate) || maxSteps < 1) {
      throw new IllegalArgumentException(
          "ghosts: %d of %d primaries with top-k %d, ramp %d, window %d, cooldown %d, warm-up %d of %d steps, threshold %s, learning rate %s"
              .formatted(
                  ghosts,
                  primaries,
                  topK,
                  rampSteps,
                  window,
                  cooldownSteps,
                  warmupSteps,
                  maxSteps,
                  threshold,
                  learningRate));
    }
  }

  /**
   * {@return the first step, from 0, with which saturation may wake a ghost: its measure needs 2w
   * steps, after the warm-up}
   */
  public long firstWake() {
    return warmupSteps + 2L * window;
  }

  /**
   * {@return the first step, from 0, with which the trigger can wake a ghost: a layer has to have
   * been saturated for a while, and a decision does not see the step before it}
   */
  public long earliestWake() {
    return switch (trigger) {
      case GhostTrigger.Plateau _, GhostTrigger.Orthogonality _ when threshold > 0 ->
          Math.max(firstWake(), 2L * window + saturatedStepsToWake());
      default -> firstWake();
    };
  }

  /** Steps running in which a layer has to be saturated. */
  int saturatedStepsToWake() {
    return Math.ceilDiv(window, 4);
  }

  /**
   * {@return the last step, from 0, with which saturation may wake a ghost, which wants to be awake
   * for a while; negative in a short run}
   */
  public long lastWake() {
    return maxSteps - rampSteps - window;
  }

  /** {@return whether a ghost can wake in a run of this length at all} */
  public boolean canWake() {
    return ghosts > 0
        && switch (trigger) {
          case GhostTrigger.Never _ -> false;
          case GhostTrigger.Steps steps -> steps.steps().getFirst() < maxSteps;
          case GhostTrigger.Plateau _, GhostTrigger.Orthogonality _, GhostTrigger.Random _ ->
              earliestWake() <= lastWake();
        };
  }
}
