package io.ghostmoe.moe.ghost;

/** Configurations for the tests of this package, which construct them nowhere else. */
final class Configs {
  private int primaries = 4;
  private int ghosts = 3;
  private int topK = 2;
  private GhostTrigger trigger = new GhostTrigger.Plateau();
  private double threshold = 0.75;
  private GhostConfig.Schedule schedule = GhostConfig.Schedule.GRADUAL;
  private int rampSteps = 5;
  private GhostConfig.Coupling coupling = GhostConfig.Coupling.REWARM;
  private double learningRate = 1e-3;
  private GhostConfig.Init init = GhostConfig.Init.CLONE;
  private int window = 4;
  private long cooldownSteps = 8;
  private long warmupSteps = 3;
  private long maxSteps = 100;

  private Configs() {}

  /** The defaults of a short run with four primaries and three ghosts a layer. */
  static Configs standard() {
    return new Configs();
  }

  Configs experts(int primaryExperts, int ghostExperts, int k) {
    primaries = primaryExperts;
    ghosts = ghostExperts;
    topK = k;
    return this;
  }

  Configs trigger(GhostTrigger value) {
    trigger = value;
    return this;
  }

  Configs threshold(double value) {
    threshold = value;
    return this;
  }

  Configs ramp(GhostConfig.Schedule kind, int steps) {
    schedule = kind;
    rampSteps = steps;
    return this;
  }

  Configs rate(GhostConfig.Coupling kind, double highest) {
    coupling = kind;
    learningRate = highest;
    return this;
  }

  Configs init(GhostConfig.Init value) {
    init = value;
    return this;
  }

  Configs window(int value) {
    window = value;
    return this;
  }

  Configs cooldown(long value) {
    cooldownSteps = value;
    return this;
  }

  Configs steps(long warmup, long max) {
    warmupSteps = warmup;
    maxSteps = max;
    return this;
  }

  GhostConfig build() {
    return new GhostConfig(
        primaries,
        ghosts,
        topK,
        trigger,
        threshold,
        schedule,
        rampSteps,
        coupling,
        learningRate,
        init,
        window,
        cooldownSteps,
        warmupSteps,
        maxSteps);
  }
}
