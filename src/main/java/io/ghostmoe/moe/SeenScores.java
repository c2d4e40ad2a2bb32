package io.ghostmoe.moe;

import io.ghostmoe.tensor.Tensor;
import java.util.List;

/**
 * The router scores of a step, on the device, to live until the step's update.
 *
 * @param microBatches in their order; none where nobody needs the scores
 */
public record SeenScores(List<MicroBatch> microBatches) {
  /** None. */
  public static final SeenScores NONE = new SeenScores(List.of());

  /**
   * Those of one forward pass.
   *
   * @param scores [N,A]
   * @param segments I32 of N elements, −1 for padding
   */
  public record MicroBatch(Tensor scores, Tensor segments) {}

  /** Copies the list. */
  public SeenScores {
    microBatches = List.copyOf(microBatches);
  }

  /** M·N, the tokens of all micro-batches. */
  int tokens() {
    return microBatches.stream().mapToInt(part -> part.scores().dim(0)).sum();
  }
}
