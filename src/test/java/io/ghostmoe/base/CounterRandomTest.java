package io.ghostmoe.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CounterRandomTest {
  @Test
  void normalDeviatesHaveMeanZeroAndVarianceOne() {
    long key = CounterRandom.key(42, "token_embedding.weight");
    int n = 200_000;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double x = CounterRandom.normal(key, i);
      sum += x;
      squares += x * x;
    }
    // five standard errors: 1/√n of the mean, √(2/n) of the variance
    assertThat(sum / n).isCloseTo(0, within(5 / Math.sqrt(n)));
    assertThat(squares / n).isCloseTo(1, within(5 * Math.sqrt(2.0 / n)));
  }

  @Test
  void uniformDrawsFillTheUnitIntervalEvenly() {
    int[] buckets = new int[10];
    long key = CounterRandom.key(7, 3, 1);
    for (int i = 0; i < 100_000; i++) {
      buckets[(int) (CounterRandom.uniform(key, i) * 10)]++;
    }
    for (int count : buckets) {
      assertThat(count).isBetween(10_000 - 475, 10_000 + 475); // five standard deviations
    }
  }

  @Test
  void keysThatDifferInAnyWordGiveOtherDraws() {
    long a = CounterRandom.key(1, "router", 0);
    assertThat(a).isNotEqualTo(CounterRandom.key(2, "router", 0));
    assertThat(a).isNotEqualTo(CounterRandom.key(1, "router", 1));
    assertThat(a).isNotEqualTo(CounterRandom.key(1, "routes", 0));
    assertThat(CounterRandom.key(1, 2, 3)).isNotEqualTo(CounterRandom.key(1, 3, 2));
  }
}
