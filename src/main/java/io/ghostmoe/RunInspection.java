package io.ghostmoe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a checkpoint of a run holds.
 *
 * @param run its name
 * @param checkpoint its folder
 * @param step after which it was taken
 * @param tensors in the order of the file
 * @param parameters learned scalars that have weights; a dormant ghost has none
 * @param awakeParameters of everything and all awake experts, as in {@code summary.json}
 * @param activeParameters that a token meets: everything but the experts, and k experts a layer
 * @param weightBytes of all tensors, in float32
 * @param checkpointBytes of all files: weights, the optimizer's moments, state
 * @param layers one an expert layer
 */
public record RunInspection(
    String run,
    Path checkpoint,
    long step,
    List<TensorInfo> tensors,
    long parameters,
    long awakeParameters,
    long activeParameters,
    long weightBytes,
    long checkpointBytes,
    List<LayerInfo> layers) {
  /** Copies the lists. */
  public RunInspection {
    tensors = List.copyOf(tensors);
    layers = List.copyOf(layers);
  }

  /** {@return how many ghosts all layers have} */
  public long ghosts() {
    return layers.stream().mapToLong(layer -> layer.ghosts().size()).sum();
  }

  /** {@return how many of them have weights in the checkpoint} */
  public long awakeGhosts() {
    return layers.stream()
        .flatMap(layer -> layer.ghosts().stream())
        .filter(GhostInfo::hasWeights)
        .count();
  }

  /**
   * A tensor.
   *
   * @param name in the file
   * @param shape outermost extent first
   * @param count of its elements
   * @param bytes in float32
   * @param learned whether gradients change it; a balance bias is a state that the load steers
   */
  public record TensorInfo(String name, List<Long> shape, long count, long bytes, boolean learned) {
    /** Copies the list. */
    public TensorInfo {
      shape = List.copyOf(shape);
    }
  }

  /**
   * An expert layer.
   *
   * @param primaries that it was built with
   * @param experts that have weights: the primaries, then the awake ghosts
   * @param ghosts all of them, in the order in which they wake
   */
  public record LayerInfo(int primaries, int experts, List<GhostInfo> ghosts) {
    /** Copies the list. */
    public LayerInfo {
      ghosts = List.copyOf(ghosts);
    }
  }

  /**
   * A ghost, as the step that would come next finds it.
   *
   * @param state DORMANT, AWAKENING or ACTIVE
   * @param activation from 0 to 1
   * @param hasWeights whether the checkpoint holds any; a dormant ghost has none, and one that
   *     wakes with the next step gets them then
   * @param wakeStep the first step with it, counted from 1; empty while it is dormant, and where it
   *     came with the weights of {@code --init-from}
   * @param expert its index in the layer, from 0; empty while it is dormant
   * @param parent the primary that it was cloned from; empty where there is none
   */
  public record GhostInfo(
      String state,
      double activation,
      boolean hasWeights,
      Optional<Long> wakeStep,
      Optional<Integer> expert,
      Optional<Integer> parent) {}
}
