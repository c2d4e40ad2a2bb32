package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Whose load and gradients count: primaries, and ghosts that are fully awake. */
class SettledExpertsTest {
  /** A dozen roundings of numbers up to 1. */
  private static final double ROUNDING = 0x1p-48;

  private static final int W = 4;

  /** Steps with and without a third expert beside two primaries, under a loss that stands still. */
  private static double saturation(int without, int with, int[] counts, double activation) {
    SaturationMonitor monitor =
        new SaturationMonitor(Configs.standard().experts(2, 1, 1).window(W).build(), 1);
    for (int t = 0; t < without; t++) {
      monitor.add(2, List.of(Statistics.even(2)));
    }
    for (int t = 0; t < with; t++) {
      monitor.add(2, List.of(Statistics.of(counts, 1)));
    }
    LayerGhosts layer = new LayerGhosts(List.of(new Ghost(activation, without, 0)), 0, true);
    return monitor.signals(List.of(layer)).getFirst().saturation();
  }

  private static double entropy(double... values) {
    double total = 0;
    for (double value : values) {
      total += value;
    }
    double entropy = 0;
    for (double value : values) {
      entropy -= value == 0 ? 0 : value / total * Math.log(value / total);
    }
    return entropy / Math.log(values.length);
  }

  @Test
  void aRampingGhostNeitherLowersNorRaisesTheSaturation() {
    for (int share : new int[] {0, 1, 50, 500}) {
      assertThat(saturation(2 * W, W, new int[] {100, 100, share}, 0.5))
          .as("with %d rows", share)
          .isCloseTo(1, within(ROUNDING));
    }
    // shares of 400 slots are floats exactly
    assertThat(saturation(2 * W, W, new int[] {100, 200, 100}, 0.5))
        .isCloseTo(entropy(1, 2), within(ROUNDING));
  }

  @Test
  void anActiveGhostCountsLikeAnyOtherExpert() {
    assertThat(saturation(2 * W, W, new int[] {128, 64, 64}, 1))
        .isCloseTo(entropy(2, 1, 1), within(ROUNDING));
    assertThat(saturation(2 * W, W, new int[] {128, 128, 0}, 1))
        .isCloseTo(entropy(1, 1, 0), within(ROUNDING));
  }

  @Test
  void stepsFromBeforeTheWakeCountAsStepsWithoutLoad() {
    // f = (1/2, 1/2, 0) in the steps without, (1/4, 1/4, 1/2) in those with the ghost; q = (1, 1,
    // 0)
    // and (1, 1, 1)
    for (int with = 1; with <= W; with++) {
      double others = (W - with) / 2.0 + with / 4.0;
      double f = entropy(others, others, with / 2.0);
      double q = entropy(W, W, with);
      assertThat(saturation(2 * W, with, new int[] {64, 64, 128}, 1))
          .as("%d steps since the wake", with)
          .isCloseTo(Math.min(f, q), within(ROUNDING));
    }
  }

  @Test
  void aGhostThatWakesWithTheNextStepDoesNotDisturbTheMeasure() {
    assertThat(saturation(2 * W, 0, new int[0], 0.1)).isCloseTo(1, within(ROUNDING));
  }
}
