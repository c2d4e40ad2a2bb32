package io.ghostmoe.optim;

/**
 * What the optimizer keeps constant over a run.
 *
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added to the root of the second moment
 * @param weightDecay of the parameters that decay
 * @param gradClip the norm that gradients are clipped to; 0 for no clipping
 */
public record AdamWConfig(
    float beta1, float beta2, float epsilon, float weightDecay, float gradClip) {

  /** The norm bound as the kernel wants it. */
  float maxNorm() {
    return gradClip == 0 ? Float.POSITIVE_INFINITY : gradClip;
  }
}
