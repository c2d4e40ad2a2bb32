package io.ghostmoe.moe.ghost;

import java.util.List;

/**
 * All that a checkpoint keeps of the ghosts besides their weights.
 *
 * @param layers where they stand in the step that comes
 * @param wakes those that wake with it
 * @param history what the trigger remembers
 */
public record GhostProgress(List<LayerGhosts> layers, List<Wake> wakes, SaturationHistory history) {
  /** Copies the lists, and refuses parts of different models. */
  public GhostProgress {
    layers = List.copyOf(layers);
    wakes = List.copyOf(wakes);
    if (layers.size() != history.layers().size()) {
      throw new IllegalArgumentException(
          "ghosts of %d layers, a history of %d".formatted(layers.size(), history.layers().size()));
    }
  }

  /**
   * {@return whether a run of this configuration can have come here}
   *
   * @param config of the run that wants to go on
   */
  public boolean fits(GhostConfig config) {
    boolean ghosts =
        layers.stream()
            .allMatch(
                layer ->
                    layer.ghosts().size() == config.ghosts()
                        && layer.ghosts().stream()
                            .allMatch(ghost -> ghost.parent() < config.primaries()));
    boolean window =
        history.losses().size() <= 2 * config.window()
            && history.layers().stream()
                .allMatch(layer -> layer.shares().size() <= config.window());
    return ghosts && window && wakes.stream().allMatch(wake -> isOf(wake, config));
  }

  private boolean isOf(Wake wake, GhostConfig config) {
    return wake.layer() < layers.size()
        && wake.ghost() < config.ghosts()
        && wake.expert() == config.primaries() + wake.ghost();
  }
}
