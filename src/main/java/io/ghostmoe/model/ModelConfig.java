package io.ghostmoe.model;

import io.ghostmoe.moe.MoeConfig;

/**
 * The extents of a transformer.
 *
 * @param vocabulary V
 * @param length T, the longest window, and so the number of position embeddings
 * @param width C
 * @param layers L
 * @param heads H
 * @param experts E
 * @param topK K
 * @param hidden F
 * @param dropout probability of dropping, in [0, 1)
 * @param auxLoss coefficient of the balance loss
 * @param zLoss coefficient of the router z-loss
 */
public record ModelConfig(
    int vocabulary,
    int length,
    int width,
    int layers,
    int heads,
    int experts,
    int topK,
    int hidden,
    float dropout,
    float auxLoss,
    float zLoss) {

  /** Refuses what no model can be built from; the settings' own messages name the flags. */
  public ModelConfig {
    boolean counts = vocabulary >= 1 && length >= 1 && width >= 1 && layers >= 1 && heads >= 1;
    if (!counts || width % heads != 0) {
      throw new IllegalArgumentException(
          "model: vocabulary %d, length %d, layers %d, width %d in %d heads"
              .formatted(vocabulary, length, layers, width, heads));
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("model: dropout %s is not in [0, 1)".formatted(dropout));
    }
    var _ = new MoeConfig(width, experts, topK, hidden, auxLoss, zLoss);
  }

  /** The same with another number of experts a layer. */
  public ModelConfig withExperts(int count) {
    return new ModelConfig(
        vocabulary, length, width, layers, heads, count, topK, hidden, dropout, auxLoss, zLoss);
  }

  /** The part of it that each expert layer needs. */
  public MoeConfig moe() {
    return new MoeConfig(width, experts, topK, hidden, auxLoss, zLoss);
  }

  /**
   * Parameters that work on one token: everything but the experts, plus k experts a layer.
   *
   * @param total all parameters
   * @param awake experts of all layers together
   */
  public long activeParameters(long total, int awake) {
    return total - (awake - (long) layers * topK) * moe().expertParameters();
  }
}
