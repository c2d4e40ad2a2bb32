package io.ghostmoe.moe.ghost;

/**
 * The prototype's measure of saturation, made free of scale: how far the experts' mean outputs
 * point into different directions, times how far the layer's output turns away from its input. A
 * control; the source of both factors is GHOSTS.md.
 */
public final class Orthogonality {
  private Orthogonality() {}

  /**
   * {@return {@code O·R} in [0, 1]}
   *
   * @param sums [A,C], row-major: the sum of each expert's ungated outputs
   * @param width C
   * @param alignment Σ⟨x,y⟩, Σ‖x‖², Σ‖y‖² over tokens, x the layer's normed input, y its output
   */
  public static double of(double[] sums, int width, double[] alignment) {
    return apartness(sums, width) * turn(alignment[0], alignment[1], alignment[2]);
  }

  /** {@code O = 1 − mean over i≠j of (û_i·û_j)²}, over the experts that had a token. */
  private static double apartness(double[] sums, int width) {
    double squares = 0;
    int pairs = 0;
    int experts = sums.length / width;
    for (int i = 0; i < experts; i++) {
      for (int j = 0; j < i; j++) {
        double norms = dot(sums, i, i, width) * dot(sums, j, j, width);
        if (norms > 0) {
          double product = dot(sums, i, j, width);
          squares += product / norms * product;
          pairs++;
        }
      }
    }
    return pairs == 0 ? 1 : Math.clamp(1 - squares / pairs, 0, 1);
  }

  private static double dot(double[] sums, int i, int j, int width) {
    double dot = 0;
    for (int c = 0; c < width; c++) {
      dot += sums[i * width + c] * sums[j * width + c];
    }
    return dot;
  }

  /** {@code R = 1 − (Σ⟨x,y⟩)² / (Σ‖x‖²·Σ‖y‖²)}; a layer that says nothing has not turned. */
  private static double turn(double xy, double xx, double yy) {
    double norms = xx * yy;
    return norms == 0 ? 0 : Math.clamp(1 - xy / norms * xy, 0, 1);
  }
}
