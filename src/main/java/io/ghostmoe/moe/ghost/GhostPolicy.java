package io.ghostmoe.moe.ghost;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The life of the ghosts, {@code DORMANT → AWAKENING → ACTIVE}, as a pure function of what was
 * seen, where they stand, and the step that comes next.
 */
public final class GhostPolicy {
  /** Saturation from which on a selective ramp rises, and below which a trigger is armed again. */
  private static final double HALF = 0.5;

  private final GhostConfig config;

  /**
   * A policy; it keeps nothing but its configuration.
   *
   * @param config what the decisions depend on besides what was seen
   */
  public GhostPolicy(GhostConfig config) {
    this.config = config;
  }

  /**
   * What is decided for a step.
   *
   * @param layers where the ghosts stand in it
   * @param wakes those that wake with it, at most one a layer
   */
  public record Decision(List<LayerGhosts> layers, List<Wake> wakes) {
    /** Copies the lists. */
    public Decision {
      layers = List.copyOf(layers);
      wakes = List.copyOf(wakes);
    }
  }

  /**
   * Decides for a step before it begins. Ghosts that are awake rise first; then one may wake.
   *
   * @param layers where the ghosts stood in the step before
   * @param signals one a layer
   * @param next the step, from 0
   * @return where the ghosts stand in it, and which wake with it
   */
  public Decision decide(List<LayerGhosts> layers, List<LayerSignal> signals, long next) {
    return decide(layers, signals, next, true);
  }

  /**
   * Decides for the first step of a run.
   *
   * @param layers as that step finds them, so that nothing rises for it
   * @param signals one a layer
   * @return where the ghosts stand in it, and which wake with it
   */
  public Decision begin(List<LayerGhosts> layers, List<LayerSignal> signals) {
    return decide(layers, signals, 0, false);
  }

  private Decision decide(
      List<LayerGhosts> layers, List<LayerSignal> signals, long next, boolean rises) {
    if (layers.size() != signals.size()) {
      throw new IllegalArgumentException(
          "%d layers of ghosts, %d signals".formatted(layers.size(), signals.size()));
    }
    List<LayerGhosts> decided = new ArrayList<>();
    List<Wake> wakes = new ArrayList<>();
    for (int layer = 0; layer < layers.size(); layer++) {
      LayerGhosts seen = observed(layers.get(layer), signals.get(layer), next, rises);
      Optional<Wake> wake = wake(seen, signals.get(layer), layer, next);
      wake.ifPresent(wakes::add);
      decided.add(wake.map(woken -> woken(seen, woken)).orElse(seen));
    }
    return new Decision(decided, wakes);
  }

  /** Rising ghosts rise, the trigger remembers. */
  private LayerGhosts observed(LayerGhosts layer, LayerSignal signal, long next, boolean rises) {
    boolean saturated = signal.saturation() >= config.threshold();
    long lastWake = layer.lastWake();
    boolean rested = lastWake != Ghost.NEVER && next - lastWake >= config.cooldownSteps();
    boolean relaxed = signal.saturation() < Math.min(HALF, config.threshold());
    return new LayerGhosts(
        rises
            ? layer.ghosts().stream().map(ghost -> risen(ghost, signal)).toList()
            : layer.ghosts(),
        saturated ? layer.saturatedSteps() + 1 : 0,
        layer.armed() || rested || relaxed);
  }

  private Ghost risen(Ghost ghost, LayerSignal signal) {
    boolean pauses =
        config.schedule() == GhostConfig.Schedule.SELECTIVE && signal.saturation() < HALF;
    if (!ghost.isRamping() || pauses) {
      return ghost;
    }
    // whole rungs, so that a ramp ends at 1 exactly
    double rungs = Math.rint(ghost.activation() * config.rampSteps()) + 1;
    return ghost.withActivation(Math.min(1, rungs / config.rampSteps()));
  }

  private Optional<Wake> wake(LayerGhosts layer, LayerSignal signal, int index, long next) {
    int awake = layer.awake().size();
    if (awake == config.ghosts() || !fires(layer, index, next)) {
      return Optional.empty();
    }
    int parent = config.init() == GhostConfig.Init.CLONE ? signal.mostUseful() : Ghost.NONE;
    return Optional.of(
        new Wake(
            next,
            index,
            awake,
            config.primaries() + awake,
            parent,
            config.trigger().word(),
            signal.saturation()));
  }

  private boolean fires(LayerGhosts layer, int index, long next) {
    boolean inBounds = next >= config.firstWake() && next <= config.lastWake();
    return switch (config.trigger()) {
      case GhostTrigger.Plateau _, GhostTrigger.Orthogonality _ ->
          inBounds && layer.armed() && layer.saturatedSteps() >= config.saturatedStepsToWake();
      case GhostTrigger.Steps given -> given.steps().contains(next);
      case GhostTrigger.Random random ->
          random
              .steps(index, config.ghosts(), config.firstWake(), config.lastWake())
              .contains(next);
      case GhostTrigger.Never _ -> false;
    };
  }

  private LayerGhosts woken(LayerGhosts layer, Wake wake) {
    double activation =
        config.schedule() == GhostConfig.Schedule.BINARY ? 1 : 1.0 / config.rampSteps();
    List<Ghost> ghosts = new ArrayList<>(layer.ghosts());
    ghosts.set(wake.ghost(), new Ghost(activation, wake.step(), wake.parent()));
    return new LayerGhosts(ghosts, layer.saturatedSteps(), false);
  }
}
