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
}
