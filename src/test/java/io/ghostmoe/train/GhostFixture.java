package io.ghostmoe.train;

import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;

/** Ghosts for tests of steps. */
public final class GhostFixture {
  private GhostFixture() {}

  /** The configuration of a run without any. */
  public static GhostConfig none(ModelConfig model) {
    return config(model, 0, new GhostTrigger.Never(), 10, 100);
  }

  /** A life without any. */
  public static GhostLifecycle none(Transformer model) {
    return new GhostLifecycle(none(model.config()), model);
  }

  /** Cloned, gradual, rewarmed; a window of 4 steps. */
  public static GhostConfig config(
      ModelConfig model, int ghosts, GhostTrigger trigger, int ramp, long maxSteps) {
    return new GhostConfig(
        model.experts(),
        ghosts,
        model.topK(),
        trigger,
        0.75,
        GhostConfig.Schedule.GRADUAL,
        ramp,
        GhostConfig.Coupling.REWARM,
        1e-3,
        GhostConfig.Init.CLONE,
        GhostConfig.Bias.DEFAULT,
        4,
        8,
        0,
        maxSteps);
  }
}
