package io.ghostmoe.train;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.base.UserException;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.MoeLayer;
import io.ghostmoe.moe.SeenScores;
import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostLearningRate;
import io.ghostmoe.moe.ghost.GhostPolicy;
import io.ghostmoe.moe.ghost.GhostProgress;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.moe.ghost.LayerGhosts;
import io.ghostmoe.moe.ghost.LayerSignal;
import io.ghostmoe.moe.ghost.LayerStatistics;
import io.ghostmoe.moe.ghost.RoutingPlan;
import io.ghostmoe.moe.ghost.SaturationMonitor;
import io.ghostmoe.moe.ghost.Wake;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Carries out in a model what {@link GhostPolicy} decides. A decision made at the end of step t saw
 * the statistics up to step t − 1 and holds from step t + 1 on, so that a device need not be waited
 * for; a ghost gets its storage when its first step begins.
 *
 * <p>Without ghosts it only watches, and with ghosts that sleep it does the same.
 */
public final class GhostLifecycle {
  private final GhostConfig config;
  private final Transformer model;
  private final GhostPolicy policy;
  private final GhostLearningRate rates;
  private SaturationMonitor monitor;
  private List<LayerGhosts> layers;
  private List<LayerSignal> signals;
  private List<Wake> wakes;

  /**
   * The ghosts of a run at its start, all of them asleep unless one wakes with the first step.
   *
   * @param config what their life depends on
   * @param model that they belong to; stays the caller's
   */
  public GhostLifecycle(GhostConfig config, Transformer model) {
    this.config = config;
    this.model = model;
    policy = new GhostPolicy(config);
    rates = new GhostLearningRate(config);
    int count = model.moeLayers().size();
    monitor = new SaturationMonitor(config, count);
    layers = new ArrayList<>();
    for (int layer = 0; layer < count; layer++) {
      layers.add(LayerGhosts.dormant(config.ghosts()));
    }
    signals = monitor.signals(layers);
    wakes = List.of();
    take(policy.begin(layers, signals));
  }

  /**
   * Begins with ghosts that woke in another run.
   *
   * @param inherited one a layer; the model has their experts and their plan already
   */
  public void inherit(List<LayerGhosts> inherited) {
    layers = inherited;
    signals = monitor.signals(layers);
    take(policy.begin(layers, signals));
  }

  /**
   * Goes on where a checkpoint was taken; the model has its experts and their plan already.
   *
   * @param progress what the checkpoint kept
   * @throws UserException where it is of another configuration
   */
  public void resume(GhostProgress progress) {
    if (progress.layers().size() != model.moeLayers().size() || !progress.fits(config)) {
      throw UserException.input(
          "the checkpoint's ghosts do not belong to this configuration (%d ghosts a layer, a window of %d steps): bring the run's config.json back, or start another with --run NAME."
              .formatted(config.ghosts(), config.window()));
    }
    layers = progress.layers();
    wakes = progress.wakes();
    monitor = new SaturationMonitor(config, progress.history());
    signals = monitor.signals(layers);
  }

  /** {@return what a checkpoint keeps} */
  public GhostProgress progress() {
    return new GhostProgress(layers, wakes, monitor.history());
  }

  /** {@return what the run's ghosts depend on} */
  public GhostConfig config() {
    return config;
  }

  /** Whether the trigger wants to know where the experts' outputs point. */
  boolean wantsDirections() {
    return config.trigger() instanceof GhostTrigger.Orthogonality;
  }

  /**
   * Before the forward pass of a step: the ghosts whose time has come get their storage.
   *
   * @return those that wake; the optimizer has to take their parameters in
   */
  List<Wake> begin() {
    for (Wake wake : wakes) {
      MoeLayer layer = model.moeLayers().get(wake.layer());
      // a checkpoint of a step that failed half-way has the storage already
      if (layer.awake() == wake.expert()) {
        layer.wake(wake.parent());
        layer.follow(plan(wake.layer()));
      }
    }
    return wakes;
  }

  /** The plan for those experts that have storage. */
  private RoutingPlan plan(int layer) {
    int stored = model.moeLayers().get(layer).awake() - config.primaries();
    List<Ghost> awake = layers.get(layer).awake().subList(0, stored);
    return RoutingPlan.of(config.primaries(), config.topK(), awake);
  }

  /**
   * After the update of a step: decides for the next one, steers the routers towards its targets,
   * and takes the step's statistics in, which the next decision sees.
   *
   * @param step from 0
   * @param loss nats a target
   * @param statistics one a layer
   * @param seen the routers' scores, one a layer
   * @param arena for what is only needed here
   */
  void end(
      long step,
      double loss,
      List<LayerStatistics> statistics,
      List<SeenScores> seen,
      float balanceRate,
      Arena arena) {
    signals = monitor.signals(layers);
    decide(step + 1);
    for (int layer = 0; layer < layers.size(); layer++) {
      model
          .moeLayers()
          .get(layer)
          .balance(
              statistics.get(layer).counts(), balanceRate, seen.get(layer), plan(layer), arena);
    }
    monitor.add(loss, statistics);
  }

  private void decide(long next) {
    take(policy.decide(layers, signals, next));
  }

  private void take(GhostPolicy.Decision decision) {
    layers = decision.layers();
    wakes = decision.wakes();
  }

  /**
   * {@return where the ghosts of each layer stand in the step that comes, or between begin and end
   * of one, in it}
   */
  public List<LayerGhosts> layers() {
    return layers;
  }

  /** What the last decision saw, or after {@link #resume}, what the next will see. */
  List<LayerSignal> signals() {
    return signals;
  }

  /** The ghosts' learning rates, {@code [layer][ghost]}. */
  List<List<Double>> learningRates(long step, double primary, double relative) {
    return layers.stream()
        .map(
            layer ->
                layer.ghosts().stream()
                    .map(ghost -> learningRate(ghost, step, primary, relative))
                    .toList())
        .toList();
  }

  /** One that came with the weights has learned before, as the primaries have. */
  private double learningRate(Ghost ghost, long step, double primary, double relative) {
    return ghost.isInherited() ? primary : rates.of(ghost, step, relative);
  }

  /**
   * The learning rate of each parameter: a ghost's for all that is its own, else the primaries'.
   *
   * @param primary the primaries'
   * @param relative the same over its peak
   */
  ToDoubleFunction<Parameter> rates(long step, double primary, double relative) {
    IdentityHashMap<Parameter, Double> own = new IdentityHashMap<>();
    for (int layer = 0; layer < layers.size(); layer++) {
      List<Ghost> awake = layers.get(layer).awake();
      for (int i = 0; i < awake.size(); i++) {
        double rate = learningRate(awake.get(i), step, primary, relative);
        model
            .moeLayers()
            .get(layer)
            .ownedBy(config.primaries() + i)
            .forEach(parameter -> own.put(parameter, rate));
      }
    }
    return own.isEmpty() ? parameter -> primary : parameter -> own.getOrDefault(parameter, primary);
  }
}
