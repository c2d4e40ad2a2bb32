package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code O·R}, with {@code O = 1 − mean over i≠j of (û_i·û_j)²} and {@code R = 1 −
 * (Σ⟨x,y⟩)²/(Σ‖x‖²·Σ‖y‖²)}.
 */
class OrthogonalityTest {
  /** y at right angles to x: R = 1. */
  private static final double[] TURNED = {0, 4, 9};

  /** {@code Σ‖x‖²} and {@code Σ‖y‖²} of 4 and 9, so that {@code R = 1 − xy²/36}. */
  private static double[] aligned(double xy) {
    return new double[] {xy, 4, 9};
  }

  @Test
  void orthogonalMeansGiveOne() {
    assertThat(Orthogonality.of(new double[] {3, 0, 0, 0, 5, 0, 0, 0, -2}, 3, TURNED)).isEqualTo(1);
    assertThat(Orthogonality.of(new double[] {1, 1, 2, -2}, 2, TURNED)).isEqualTo(1);
  }

  @Test
  void equalMeansGiveZero() {
    assertThat(Orthogonality.of(new double[] {3, 4, 3, 4, 3, 4}, 2, TURNED)).isZero();
    assertThat(Orthogonality.of(new double[] {3, 4, -3, -4}, 2, TURNED)).isZero();
  }

  @Test
  void theMeanIsOverAllPairs() {
    // the squares of the cosines are 1, 0 and 0
    assertThat(Orthogonality.of(new double[] {1, 0, 1, 0, 0, 1}, 2, TURNED))
        .isCloseTo(2 / 3.0, within(0x1p-52));
    // and 1/2 twice and 0
    assertThat(Orthogonality.of(new double[] {1, 0, 1, 1, 0, 1}, 2, TURNED))
        .isCloseTo(2 / 3.0, within(0x1p-52));
  }

  @Test
  void expertsWithoutTokensDoNotCount() {
    assertThat(Orthogonality.of(new double[] {3, 4, 0, 0, 3, 4}, 2, TURNED)).isZero();
    assertThat(Orthogonality.of(new double[] {0, 0, 3, 4, -4, 3}, 2, TURNED)).isEqualTo(1);
    assertThat(Orthogonality.of(new double[] {0, 0, 3, 4}, 2, TURNED)).isEqualTo(1);
    assertThat(Orthogonality.of(new double[] {3, 4}, 2, TURNED)).isEqualTo(1);
  }

  @Test
  void anOutputParallelToItsInputGivesZero() {
    double[] apart = {1, 0, 0, 1};
    assertThat(Orthogonality.of(apart, 2, aligned(6))).isZero();
    assertThat(Orthogonality.of(apart, 2, aligned(-6))).isZero();
    assertThat(Orthogonality.of(apart, 2, aligned(3))).isEqualTo(0.75);
    assertThat(Orthogonality.of(apart, 2, aligned(0))).isEqualTo(1);
  }

  @Test
  void aLayerThatSaysNothingGivesZero() {
    assertThat(Orthogonality.of(new double[] {0, 0, 0, 0}, 2, new double[] {0, 4, 0})).isZero();
  }

  @Test
  void itIsTheProductOfBoth() {
    assertThat(Orthogonality.of(new double[] {1, 0, 1, 1}, 2, aligned(3)))
        .isCloseTo(0.375, within(0x1p-53));
  }

  private static double[] draws(SplittableRandom random, int count) {
    return random.doubles(count, -1, 1).toArray();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void theScaleOfNoExpertsOutputsNorOfTheInputsMatters(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int width = random.nextInt(1, 9);
    int experts = random.nextInt(1, 6);
    double[] sums = draws(random, experts * width);
    double[] alignment = {random.nextDouble(-2, 2), 2, 2};
    double[] scaledSums = sums.clone();
    for (int e = 0; e < experts; e++) {
      double scale = Math.scalb(random.nextBoolean() ? 1.0 : -1.0, random.nextInt(-60, 60));
      for (int c = 0; c < width; c++) {
        scaledSums[e * width + c] *= scale;
      }
    }
    double x = Math.scalb(1.0, random.nextInt(-60, 60));
    double y = Math.scalb(1.0, random.nextInt(-60, 60));
    double[] scaled = {alignment[0] * x * y, alignment[1] * x * x, alignment[2] * y * y};
    // powers of two, so that nothing is rounded otherwise
    assertThat(Orthogonality.of(scaledSums, width, scaled))
        .isEqualTo(Orthogonality.of(sums, width, alignment));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void itIsTheFormulaOverNormalisedMeans(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int width = random.nextInt(1, 9);
    int experts = random.nextInt(2, 6);
    double[] sums = draws(random, experts * width);
    double[][] units = new double[experts][width];
    for (int e = 0; e < experts; e++) {
      double norm = 0;
      for (int c = 0; c < width; c++) {
        norm += sums[e * width + c] * sums[e * width + c];
      }
      for (int c = 0; c < width; c++) {
        units[e][c] = sums[e * width + c] / Math.sqrt(norm);
      }
    }
    double squares = 0;
    for (int i = 0; i < experts; i++) {
      for (int j = 0; j < experts; j++) {
        double cosine = 0;
        for (int c = 0; c < width; c++) {
          cosine += units[i][c] * units[j][c];
        }
        squares += i == j ? 0 : cosine * cosine;
      }
    }
    double apart = 1 - squares / (experts * (experts - 1));
    double xy = random.nextDouble(-6, 6);
    // every cosine is a sum of at most 8 products of at most 1: some 20 roundings
    assertThat(Orthogonality.of(sums, width, aligned(xy)))
        .isCloseTo(apart * (1 - xy * xy / 36), within(0x1p-48))
        .isBetween(0.0, 1.0);
  }

  @Test
  void asATriggerItsMeanOverTheWindowIsTheSaturationOnceTwoWindowsAreSeen() {
    GhostConfig config =
        Configs.standard().trigger(new GhostTrigger.Orthogonality()).window(2).build();
    SaturationMonitor monitor = new SaturationMonitor(config, 1);
    double[] steps = {1, 1, 0.5, 0.75, 0.25};
    double[] expected = {0, 0, 0, 0.625, 0.5};
    for (int t = 0; t < steps.length; t++) {
      // neither a loss that falls nor collapsed experts matter
      monitor.add(
          10 - t,
          List.of(
              new LayerStatistics(new int[] {9, 0, 0, 0}, new float[4], new float[4], steps[t])));
      assertThat(monitor.signals(List.of(LayerGhosts.dormant(3))).getFirst().saturation())
          .as("after step %d", t)
          .isEqualTo(expected[t]);
    }
  }
}
