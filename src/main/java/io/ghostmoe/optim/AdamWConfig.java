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

  /** Refuses what would turn weights into NaN, before any step is taken. */
  public AdamWConfig {
    boolean decays = beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1;
    boolean sizes = epsilon > 0 && weightDecay >= 0 && gradClip >= 0;
    if (!decays || !sizes || Float.isInfinite(epsilon) || Float.isInfinite(weightDecay)) {
      throw new IllegalArgumentException(
          "AdamW: beta1 %s, beta2 %s, epsilon %s, weight decay %s, gradient clip %s"
              .formatted(beta1, beta2, epsilon, weightDecay, gradClip));
    }
  }

  /** The norm bound as the kernel wants it. */
  float maxNorm() {
    return gradClip == 0 ? Float.POSITIVE_INFINITY : gradClip;
  }
}
