package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A tensor that is learned. Its gradient accumulates over the micro-batches of a step until the
 * optimizer clears it.
 *
 * @param name as in the files of a run; the slices of a stacked tensor share it
 * @param slice which expert's it is; 0 for a parameter that is not stacked
 * @param stacked whether files stack it with others under its name
 * @param value the weights
 * @param gradient of the same shape, zero between steps; null in a model that is not trained
 * @param decays whether weight decay applies
 */
public record Parameter(
    String name,
    int slice,
    boolean stacked,
    Tensor value,
    @Nullable Tensor gradient,
    boolean decays) {

  /** The gradient of a model in training. */
  public Tensor requireGradient() {
    if (gradient == null) {
      throw new IllegalStateException(name + ": the model was not built for training");
    }
    return gradient;
  }
}
