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
        4,
        8,
        0,
        maxSteps);
  }

  /** The same with another window. */
  static GhostConfig withWindow(GhostConfig config, int window) {
    return new GhostConfig(
        config.primaries(),
        config.ghosts(),
        config.topK(),
        config.trigger(),
        config.threshold(),
        config.schedule(),
        config.rampSteps(),
        config.coupling(),
        config.learningRate(),
        config.init(),
        window,
        config.cooldownSteps(),
        config.warmupSteps(),
        config.maxSteps());
  }

  /** The same with another beginning. */
  public static GhostConfig with(GhostConfig config, GhostConfig.Init init) {
    return with(config, config.schedule(), config.coupling(), init);
  }

  /** The same with another course. */
  public static GhostConfig with(
      GhostConfig config,
      GhostConfig.Schedule schedule,
      GhostConfig.Coupling coupling,
      GhostConfig.Init init) {
    return new GhostConfig(
        config.primaries(),
        config.ghosts(),
        config.topK(),
        config.trigger(),
        config.threshold(),
        schedule,
        config.rampSteps(),
        coupling,
        config.learningRate(),
        init,
        config.window(),
        config.cooldownSteps(),
        config.warmupSteps(),
        config.maxSteps());
  }
}
