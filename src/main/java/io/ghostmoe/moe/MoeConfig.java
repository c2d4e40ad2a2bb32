package io.ghostmoe.moe;

/**
 * The extents of an expert layer and the weights of its router's losses.
 *
 * @param width C
 * @param experts E, the primary experts
 * @param topK K, experts a token
 * @param hidden F, hidden units of an expert
 * @param auxLoss coefficient of the switch-style balance loss, 0 for none
 * @param zLoss coefficient of the router z-loss, 0 for none
 */
public record MoeConfig(int width, int experts, int topK, int hidden, float auxLoss, float zLoss) {
  /** Refuses what no layer can be built from; the settings' own messages name the flags. */
  public MoeConfig {
    if (width < 1 || hidden < 1 || experts < 1) {
      throw new IllegalArgumentException(
          "expert layer: width %d, %d experts, hidden %d: all must be at least 1"
              .formatted(width, experts, hidden));
    }
    if (topK < 1 || topK > experts) {
      throw new IllegalArgumentException(
          "expert layer: top-k %d of %d experts".formatted(topK, experts));
    }
    if (!(auxLoss >= 0 && zLoss >= 0) || Float.isInfinite(auxLoss + zLoss)) {
      throw new IllegalArgumentException(
          "expert layer: auxiliary loss %s, z-loss %s".formatted(auxLoss, zLoss));
    }
  }

  /** Learned scalars of one expert. */
  public long expertParameters() {
    return 2L * width * hidden + width + hidden;
  }
}
