package io.ghostmoe.moe.ghost;

import java.util.Arrays;
import java.util.SplittableRandom;

/** What layers did, made up. */
final class Statistics {
  private Statistics() {}

  /** Every expert serves, learns and weighs the same. */
  static LayerStatistics even(int experts) {
    int[] counts = new int[experts];
    Arrays.fill(counts, 100);
    return of(counts, 1);
  }

  /** Experts whose gradients have the same norm a row. */
  static LayerStatistics of(int[] counts, float normARow) {
    float[] norms = new float[counts.length];
    float[] utilities = new float[counts.length];
    for (int e = 0; e < counts.length; e++) {
      norms[e] = normARow * counts[e];
      utilities[e] = counts[e];
    }
    return new LayerStatistics(counts, norms, utilities, 0);
  }

  /** Uneven experts, about every sixth of them without a slot. */
  static LayerStatistics random(SplittableRandom random, int experts) {
    int[] counts = new int[experts];
    float[] norms = new float[experts];
    float[] utilities = new float[experts];
    for (int e = 0; e < experts; e++) {
      if (e == 0 || random.nextInt(6) > 0) {
        counts[e] = 1 + random.nextInt(1 << random.nextInt(1, 12));
        norms[e] = (float) Math.exp(random.nextDouble(-9, 3));
        utilities[e] = (float) (counts[e] * random.nextDouble(0.1, 4));
      }
    }
    return new LayerStatistics(counts, norms, utilities, random.nextDouble());
  }

  /** The same layer with its gradients and its outputs in other units. */
  static LayerStatistics scaled(LayerStatistics statistics, float norms, float utilities) {
    float[] scaledNorms = statistics.gradientNorms().clone();
    float[] scaledUtilities = statistics.utilities().clone();
    for (int e = 0; e < scaledNorms.length; e++) {
      scaledNorms[e] *= norms;
      scaledUtilities[e] *= utilities;
    }
    return new LayerStatistics(
        statistics.counts(), scaledNorms, scaledUtilities, statistics.orthogonality());
  }
}
