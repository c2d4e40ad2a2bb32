package io.ghostmoe.train;

import io.ghostmoe.model.MemoryPlan;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.LayerGhosts;
import java.nio.file.Path;
import java.util.List;

/**
 * What a run is about to do.
 *
 * @param run its folder
 * @param device what it computes on, and why
 * @param dataset as it was named
 * @param parameters of the model
 * @param activeParameters that a token meets
 * @param firstStep after which it starts; above 0 when it is resumed
 * @param maxSteps at which it ends
 * @param memory that it needs at most, the JVM itself not counted
 * @param recomputes whether most activations are computed anew in the backward pass
 * @param ghosts what the ghosts depend on
 * @param layers where the ghosts of each layer stand in the first step to come
 */
public record RunStart(
    Path run,
    String device,
    String dataset,
    long parameters,
    long activeParameters,
    long firstStep,
    long maxSteps,
    MemoryPlan memory,
    boolean recomputes,
    GhostConfig ghosts,
    List<LayerGhosts> layers) {
  /** Copies the list. */
  public RunStart {
    layers = List.copyOf(layers);
  }

  /**
   * {@return how many ghosts of all layers are awake already, those that wake with the first step
   * not}
   */
  public int awakeGhosts() {
    return layers.stream().mapToInt(layer -> layer.awakeBefore(firstStep).size()).sum();
  }

  /** {@return how many ghosts all layers have} */
  public int allGhosts() {
    return layers.stream().mapToInt(layer -> layer.ghosts().size()).sum();
  }
}
