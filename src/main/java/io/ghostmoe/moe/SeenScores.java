package io.ghostmoe.moe;

/**
 * The router scores of a step, on the host.
 *
 * @param scores [N,A] over all micro-batches, row-major; empty where nobody needs them
 * @param segments [N], −1 for padding
 */
public record SeenScores(float[] scores, int[] segments) {
  /** None. */
  public static final SeenScores NONE = new SeenScores(new float[0], new int[0]);
}
