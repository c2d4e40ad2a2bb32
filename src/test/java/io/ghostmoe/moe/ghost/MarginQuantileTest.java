package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.base.CounterRandom;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code q = −Quantile over tokens of m at (1 − share)}. */
class MarginQuantileTest {
  /** The share of the margins with which an expert of this bias is selected. */
  private static double selected(float[] margins, float bias) {
    int selected = 0;
    for (float margin : margins) {
      selected += margin + bias > 0 ? 1 : 0;
    }
    return selected / (double) margins.length;
  }

  /** Distinct margins in random order, a quarter apart, so that no rounding joins neighbours. */
  private static float[] distinct(SplittableRandom random, int n) {
    int[] order = CounterRandom.permutation(random.nextLong(), n);
    float[] margins = new float[n];
    int offset = random.nextInt(-n, n + 1);
    for (int i = 0; i < n; i++) {
      margins[i] = (order[i] + offset) / 4f;
    }
    return margins;
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void theBiasSelectsTheWantedShareOfTheTokensToWithinOne(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 100; i++) {
      int n = random.nextInt(1, 200);
      float[] margins = distinct(random, n);
      double share = random.nextDouble();
      float bias = MarginQuantile.bias(margins, share);
      assertThat(selected(margins, bias))
          .as("share %s of %d", share, n)
          .isCloseTo(share, within(1.0 / n));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void aShareOfZeroSelectsNoneAndAShareOfOneAllButTheLowest(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int n = random.nextInt(1, 200);
    float[] margins = distinct(random, n);
    assertThat(selected(margins, MarginQuantile.bias(margins, 0))).isZero();
    assertThat(selected(margins, MarginQuantile.bias(margins, 1))).isEqualTo((n - 1) / (double) n);
  }

  @Test
  void theQuantileIsLinearBetweenOrderStatistics() {
    float[] margins = {4, 1, 2, 8, 16};
    assertThat(MarginQuantile.bias(margins, 1)).isEqualTo(-1);
    assertThat(MarginQuantile.bias(margins, 0.75)).isEqualTo(-2);
    assertThat(MarginQuantile.bias(margins, 0.5)).isEqualTo(-4);
    assertThat(MarginQuantile.bias(margins, 0.375)).isEqualTo(-6);
    assertThat(MarginQuantile.bias(margins, 0.25)).isEqualTo(-8);
    assertThat(MarginQuantile.bias(margins, 0)).isEqualTo(-16);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void theBiasRisesWithTheShareAndFallsWithTheMargins(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] margins = distinct(random, random.nextInt(1, 50));
    float[] higher = margins.clone();
    for (int i = 0; i < higher.length; i++) {
      higher[i] += 32;
    }
    float before = Float.NEGATIVE_INFINITY;
    for (int eighth = 0; eighth <= 8; eighth++) {
      float bias = MarginQuantile.bias(margins, eighth / 8.0);
      assertThat(bias).isGreaterThanOrEqualTo(before);
      assertThat(MarginQuantile.bias(higher, eighth / 8.0)).isEqualTo(bias - 32);
      before = bias;
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void marginsOfPaddingDoNotCount(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] margins = distinct(random, random.nextInt(1, 60));
    float[] padded = Arrays.copyOf(margins, margins.length + random.nextInt(1, 60));
    Arrays.fill(padded, margins.length, padded.length, Float.NaN);
    for (int i = padded.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      float swapped = padded[i];
      padded[i] = padded[j];
      padded[j] = swapped;
    }
    double share = random.nextDouble();
    assertThat(MarginQuantile.bias(padded, share)).isEqualTo(MarginQuantile.bias(margins, share));
  }

  @Test
  void withoutAMarginThereIsNoBias() {
    assertThat(MarginQuantile.bias(new float[0], 0.5)).isNaN();
    assertThat(MarginQuantile.bias(new float[] {Float.NaN, Float.NaN}, 0.5)).isNaN();
  }

  @Test
  void theMarginsStayInTheirOrder() {
    float[] margins = {4, 1, Float.NaN, 2};
    assertThat(MarginQuantile.bias(margins, 0.5)).isEqualTo(-2);
    assertThat(margins).containsExactly(4, 1, Float.NaN, 2);
  }
}
