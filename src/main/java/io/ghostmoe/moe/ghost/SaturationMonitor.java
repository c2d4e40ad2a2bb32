package io.ghostmoe.moe.ghost;

import java.util.ArrayList;
import java.util.List;

/**
 * Watches a run and says how saturated each layer is. With the plateau's measure a layer is
 * saturated where the loss has stopped falling although all its experts are used and learn alike:
 * {@code (1 − ρ)·min(H(f), H(q))}; the measure has no dimension, so no scale of an input or a
 * gradient moves it.
 */
public final class SaturationMonitor {
  private final GhostConfig config;
  private final LossTrend trend;
  private final List<LayerWindow> windows;

  /**
   * A monitor that has seen nothing.
   *
   * @param config of which window, trigger and primaries count
   * @param layers how many are watched
   */
  public SaturationMonitor(GhostConfig config, int layers) {
    this(config, SaturationHistory.empty(layers));
  }

  /**
   * A monitor that goes on where another was.
   *
   * @param config the one that the other had
   * @param history what the other remembered
   */
  public SaturationMonitor(GhostConfig config, SaturationHistory history) {
    this.config = config;
    trend = new LossTrend(config.window(), history.losses(), history.fastest());
    windows =
        history.layers().stream()
            .map(rows -> new LayerWindow(config.window(), rows.toRows()))
            .toList();
  }

  /**
   * Takes in a step.
   *
   * @param loss nats a target
   * @param layers one a layer
   */
  public void add(double loss, List<LayerStatistics> layers) {
    if (layers.size() != windows.size()) {
      throw new IllegalArgumentException(
          "statistics of %d layers, %d are watched".formatted(layers.size(), windows.size()));
    }
    trend.add(loss);
    for (int layer = 0; layer < windows.size(); layer++) {
      windows.get(layer).add(layers.get(layer));
    }
  }

  /**
   * {@return what the steps so far say about each layer}
   *
   * @param layers where the ghosts of each layer stand; those that still rise do not count
   */
  public List<LayerSignal> signals(List<LayerGhosts> layers) {
    List<LayerSignal> signals = new ArrayList<>();
    for (int layer = 0; layer < windows.size(); layer++) {
      LayerWindow window = windows.get(layer);
      signals.add(
          new LayerSignal(
              saturation(window, layers.get(layer)), window.mostUseful(config.primaries())));
    }
    return signals;
  }

  private double saturation(LayerWindow window, LayerGhosts layer) {
    if (config.trigger() instanceof GhostTrigger.Orthogonality) {
      return trend.known() ? window.orthogonality() : 0;
    }
    return trend.known() ? (1 - trend.pace()) * window.evenness(settled(layer)) : 0;
  }

  private boolean[] settled(LayerGhosts layer) {
    List<Ghost> awake = layer.awake();
    boolean[] settled = new boolean[config.primaries() + awake.size()];
    for (int e = 0; e < settled.length; e++) {
      settled[e] = e < config.primaries() || !awake.get(e - config.primaries()).isRamping();
    }
    return settled;
  }

  /** {@return what a checkpoint keeps} */
  public SaturationHistory history() {
    return new SaturationHistory(
        trend.losses(),
        trend.fastest(),
        windows.stream().map(window -> SaturationHistory.Layer.of(window.rows())).toList());
  }
}
