package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code ρ = clamp(p/P, 0, 1)} on losses whose arithmetic is exact. */
class LossTrendTest {
  private static LossTrend trend(int w) {
    return new LossTrend(w, List.of(), 0);
  }

  private static List<Double> paces(int w, double... losses) {
    LossTrend trend = trend(w);
    List<Double> paces = new ArrayList<>();
    for (double loss : losses) {
      trend.add(loss);
      paces.add(trend.pace());
    }
    return paces;
  }

  @Test
  void thePaceIsTheProgressOfAWindowOverTheLargestSinceStepTwoW() {
    // p(4) = 8 − 6, p(5) = 7 − 5.5, p(6) = 6 − 5, p(7) = 5.5 − 5, p(8) = 0
    assertThat(paces(2, 8, 8, 6, 6, 5, 5, 5, 5).subList(3, 8))
        .containsExactly(1.0, 0.75, 0.5, 0.25, 0.0);
    // p(4) = 8 − 7, p(5) = 8 − 5, p(6) = 7 − 3, p(7) = 5 − 3
    assertThat(paces(2, 8, 8, 8, 6, 4, 2, 4).subList(3, 7)).containsExactly(1.0, 1.0, 1.0, 0.5);
  }

  @Test
  void theLargestProgressIsRememberedHoweverLongAgoItWas() {
    double[] losses = new double[200];
    for (int t = 0; t < losses.length; t++) {
      losses[t] = t < 2 ? 64 : t < 198 ? 32 : 16;
    }
    assertThat(paces(2, losses)).last().isEqualTo(0.5);
  }

  @Test
  void aLossThatRisesHasNoPace() {
    assertThat(paces(1, 5, 3, 4, 9)).last().isEqualTo(0.0);
    assertThat(paces(1, 1, 2, 4, 4)).containsOnly(0.0);
  }

  @Test
  void aLossThatFallsAfterItRoseIsMeasuredByItsOwnFall() {
    assertThat(paces(1, 1, 4, 3, 2.5)).containsExactly(0.0, 0.0, 1.0, 0.5);
  }

  @Test
  void aPaceIsKnownFromStepTwoWOn() {
    for (int w : new int[] {1, 2, 10}) {
      LossTrend trend = trend(w);
      for (int t = 1; t <= 5 * w; t++) {
        trend.add(3);
        assertThat(trend.known()).as("w = %d, step %d", w, t).isEqualTo(t >= 2 * w);
      }
    }
  }

  @Test
  void theUnitOfTheLossDoesNotMatter() {
    double[] losses = {9, 7, 8, 4, 4.5, 3, 3.25, 2};
    double[] bits = losses.clone();
    for (int t = 0; t < bits.length; t++) {
      bits[t] *= 0.125;
    }
    assertThat(paces(2, bits)).isEqualTo(paces(2, losses));
  }

  @Test
  void onlyTwoWindowsAreKept() {
    LossTrend trend = trend(3);
    for (int t = 1; t <= 20; t++) {
      trend.add(t);
    }
    assertThat(trend.losses()).containsExactly(15.0, 16.0, 17.0, 18.0, 19.0, 20.0);
  }
}
