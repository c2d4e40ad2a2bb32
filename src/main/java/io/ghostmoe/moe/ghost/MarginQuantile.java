package io.ghostmoe.moe.ghost;

import java.util.Arrays;

/**
 * The selection bias at which an expert gets a given share of the tokens: minus a quantile of its
 * margins, since it is selected where margin + bias is positive.
 */
public final class MarginQuantile {
  private MarginQuantile() {}

  /**
   * {@return {@code −Quantile(margins, 1 − share)}, linear between order statistics (Hyndman and
   * Fan 1996, type 7); NaN where there is no margin}
   *
   * @param margins of the expert, one a token, in any order; NaN, that of padding, does not count
   * @param share of the tokens, in [0, 1]
   */
  public static float bias(float[] margins, double share) {
    float[] sorted = margins.clone();
    Arrays.sort(sorted); // NaN last
    int count = sorted.length;
    while (count > 0 && Float.isNaN(sorted[count - 1])) {
      count--;
    }
    if (count == 0) {
      return Float.NaN;
    }
    double place = (1 - share) * (count - 1);
    int below = (int) Math.floor(place);
    int above = Math.min(count - 1, below + 1);
    double between = place - below;
    return (float) -(sorted[below] + between * (sorted[above] - sorted[below]));
  }
}
