package io.ghostmoe.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.base.UserException;
import io.ghostmoe.tensor.Draws;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Draws against the exact probabilities that temperature, top-k and top-p leave. */
class SamplerTest {
  /** Probabilities .4 .1 .05 .25 .02 .08 .06 .04: not in order. */
  private static final double[] SHARES = {.4, .1, .05, .25, .02, .08, .06, .04};

  private static final float[] LOGITS = logits();

  private static float[] logits() {
    float[] logits = new float[SHARES.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (Math.log(SHARES[i]) + 3);
    }
    return logits;
  }

  @ParameterizedTest
  @CsvSource({
    // temperature, top-k, top-p, how many tokens remain
    "1, 0, 1, 8",
    "1, 3, 1, 3",
    "1, 99, 1, 8",
    "1, 0, 0.7, 3",
    "1, 0, 0.64, 2",
    "1, 0, 0.999999, 8",
    "1, 4, 0.8, 3",
    "2, 0, 1, 8",
    "0.5, 5, 1, 5",
  })
  void tokensComeAsOftenAsTheirProbabilitySays(
      double temperature, int topK, double topP, int remaining) {
    double[] wanted = remaining(temperature, remaining);
    Sampler sampler = new Sampler(new Sampling(temperature, topK, topP, 42));
    int draws = 40_000;
    int[] counts = new int[LOGITS.length];
    for (int i = 0; i < draws; i++) {
      counts[sampler.next(LOGITS)]++;
    }
    double chiSquare = 0;
    for (int i = 0; i < counts.length; i++) {
      if (wanted[i] == 0) {
        assertThat(counts[i]).as("token %d is cut off", i).isZero();
      } else {
        double difference = counts[i] - draws * wanted[i];
        chiSquare += difference * difference / (draws * wanted[i]);
      }
    }
    // with 7 degrees of freedom, and the more with fewer, P(χ² > 29.9) = 1e-4
    assertThat(chiSquare).isLessThan(29.9);
  }

  /** The likeliest tokens' shares at a temperature, made to sum to 1. */
  private static double[] remaining(double temperature, int count) {
    double[] sorted = SHARES.clone();
    Arrays.sort(sorted);
    double least = sorted[sorted.length - count];
    double[] left = new double[SHARES.length];
    double sum = 0;
    for (int i = 0; i < left.length; i++) {
      left[i] = SHARES[i] < least ? 0 : Math.pow(SHARES[i], 1 / temperature);
      sum += left[i];
    }
    for (int i = 0; i < left.length; i++) {
      left[i] /= sum;
    }
    return left;
  }

  @Test
  void theNthDrawDependsOnSeedAndNAlone() {
    Sampling sampling = new Sampling(1, 0, 1, 9);
    Sampler a = new Sampler(sampling);
    Sampler b = new Sampler(sampling);
    float[] others = new Draws(1).signed(LOGITS.length);
    for (int i = 0; i < 200; i++) {
      if (i % 2 == 0) {
        var _ = a.next(LOGITS);
        var _ = b.next(others);
      } else {
        assertThat(b.next(LOGITS)).isEqualTo(a.next(LOGITS));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void everyWayToTheLikeliestTokenAgreesOnAnyLogits(long seed) {
    float[] logits = new Draws(seed).signed(100);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = Math.round(logits[i] * 5); // many ties, zeros of both signs among them
      logits[i] = seed % 2 == 0 ? Math.min(0f, logits[i]) : logits[i];
    }
    logits[0] = seed % 2 == 0 ? -0f : logits[0];
    int greedy = new Sampler(Sampling.GREEDY).next(logits);
    assertThat(new Sampler(new Sampling(1, 1, 1, seed)).next(logits)).isEqualTo(greedy);
    assertThat(new Sampler(new Sampling(1, 0, 1e-12, seed)).next(logits)).isEqualTo(greedy);
    for (int i = 0; i < greedy; i++) {
      assertThat(logits[i]).isLessThan(logits[greedy]);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.MIN_VALUE, 1e-300, 1e-40, 1e-9})
  void aTemperatureNextToZeroTakesTheLikeliestToken(double temperature) {
    float[] logits = {-3, 20, 19, 4};
    Sampler sampler = new Sampler(new Sampling(temperature, 0, 1, 1));
    for (int i = 0; i < 50; i++) {
      assertThat(sampler.next(logits)).isEqualTo(1);
    }
  }

  @Test
  void aVeryHighTemperatureTreatsAllTokensAlike() {
    Sampler sampler = new Sampler(new Sampling(1e300, 0, 1, 1));
    int[] counts = new int[2];
    for (int i = 0; i < 10_000; i++) {
      counts[sampler.next(new float[] {-1000, 1000})]++;
    }
    // 5 deviations of a fair coin
    assertThat(counts[0]).isCloseTo(5000, within(250));
  }

  @Test
  void logitsFarApartAreNoProblem() {
    float[] logits = {-Float.MAX_VALUE, Float.MAX_VALUE, Float.NEGATIVE_INFINITY, 0};
    Sampler sampler = new Sampler(new Sampling(1, 0, 0.9, 1));
    assertThat(sampler.next(logits)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void logitsThatAreNoNumbersAreRefused(float value) {
    for (Sampling sampling : new Sampling[] {Sampling.GREEDY, new Sampling(1, 2, 0.9, 1)}) {
      assertThatThrownBy(() -> new Sampler(sampling).next(new float[] {1, value, 2}))
          .isInstanceOf(UserException.class)
          .hasMessageContaining("token 1")
          .hasMessageContaining(Float.toString(value));
    }
  }

  @Test
  void settingsOutOfRangeAreRefusedByTheirFlag() {
    assertThatThrownBy(() -> new Sampling(-0.1, 0, 1, 1)).hasMessageContaining("--temperature");
    assertThatThrownBy(() -> new Sampling(Double.NaN, 0, 1, 1))
        .hasMessageContaining("--temperature NaN");
    assertThatThrownBy(() -> new Sampling(Double.POSITIVE_INFINITY, 0, 1, 1))
        .hasMessageContaining("--temperature");
    assertThatThrownBy(() -> new Sampling(1, -1, 1, 1)).hasMessageContaining("--sample-top-k -1");
    assertThatThrownBy(() -> new Sampling(1, 0, 0, 1)).hasMessageContaining("--top-p 0");
    assertThatThrownBy(() -> new Sampling(1, 0, 1.5, 1)).hasMessageContaining("--top-p 1.5");
    assertThatThrownBy(() -> new Sampling(1, 0, Double.NaN, 1)).hasMessageContaining("--top-p NaN");
  }
}
