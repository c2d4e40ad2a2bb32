package io.ghostmoe.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScheduleTest {
  private static final double PEAK = 3e-3;
  private static final double FLOOR = 3e-4;

  /** All kinds, at lengths and warm-ups up to the whole run. */
  static Stream<Shape> shapes() {
    return Stream.of(1L, 2L, 4L, 5L, 10L, 240L, 1000L)
        .flatMap(
            steps ->
                Stream.of(0L, 1L, steps / 3, steps * 9 / 10, steps - 1, steps)
                    .distinct()
                    .flatMap(
                        warmup ->
                            Stream.of(
                                new Shape(
                                    new Schedule.Cosine(PEAK, FLOOR, warmup, steps), warmup, steps),
                                new Shape(
                                    new Schedule.WarmupStableDecay(PEAK, FLOOR, warmup, steps),
                                    warmup,
                                    steps),
                                new Shape(
                                    new Schedule.Constant(PEAK, warmup, steps), warmup, steps))));
  }

  record Shape(Schedule schedule, long warmup, long steps) {}

  @ParameterizedTest
  @MethodSource("shapes")
  void warmsUpLinearlyThenNeverRises(Shape shape) {
    for (long t = 0; t < shape.warmup; t++) {
      assertThat(shape.schedule.learningRate(t)).isEqualTo(PEAK * (t + 1) / shape.warmup);
    }
    double before = PEAK;
    for (long t = shape.warmup; t <= shape.steps + 5; t++) {
      double rate = shape.schedule.learningRate(t);
      assertThat(rate).as("step %d", t).isBetween(FLOOR, before);
      before = rate;
    }
    assertThat(shape.schedule.peak()).isEqualTo(PEAK);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void noStepOfTheDescentIsACliff(Shape shape) {
    for (long t = Math.max(1, shape.warmup); t < shape.steps; t++) {
      double drop = shape.schedule.learningRate(t - 1) - shape.schedule.learningRate(t);
      // a cosine falls by at most π/2 of an even step, a line over a fifth by five even steps
      double even = (PEAK - FLOOR) / Math.max(1, shape.steps - shape.warmup);
      double line =
          (PEAK - FLOOR) / Math.max(1, Math.min(shape.steps / 5, shape.steps - shape.warmup));
      assertThat(drop)
          .as("step %d", t)
          .isLessThanOrEqualTo(Math.max(even * Math.PI / 2, line) + 1e-15);
    }
  }

  @Test
  void cosineRunsFromPeakOverTheMiddleToTheFloor() {
    Schedule cosine = new Schedule.Cosine(PEAK, FLOOR, 20, 120);
    assertThat(cosine.learningRate(19)).isEqualTo(PEAK);
    assertThat(cosine.learningRate(20)).isEqualTo(PEAK);
    assertThat(cosine.learningRate(45))
        .isCloseTo(FLOOR + (PEAK - FLOOR) * (0.5 + Math.sqrt(0.125)), within(1e-15));
    assertThat(cosine.learningRate(70)).isCloseTo((PEAK + FLOOR) / 2, within(1e-15));
    assertThat(cosine.learningRate(120)).isEqualTo(FLOOR);
    assertThat(cosine.learningRate(5000)).isEqualTo(FLOOR);
  }

  @Test
  void constantStaysAtThePeak() {
    Schedule constant = new Schedule.Constant(PEAK, 0, 15);
    for (int t = 0; t < 20; t++) {
      assertThat(constant.learningRate(t)).isEqualTo(PEAK);
    }
  }

  @Test
  void warmupStableDecayIsFlatUpToItsLastFifthAndThenALine() {
    Schedule wsd = new Schedule.WarmupStableDecay(PEAK, FLOOR, 10, 100);
    for (int t = 9; t <= 80; t++) {
      assertThat(wsd.learningRate(t)).as("step %d", t).isEqualTo(PEAK);
    }
    assertThat(wsd.learningRate(90)).isCloseTo((PEAK + FLOOR) / 2, within(1e-15));
    assertThat(wsd.learningRate(95)).isCloseTo(FLOOR + (PEAK - FLOOR) / 4, within(1e-15));
    assertThat(wsd.learningRate(100)).isEqualTo(FLOOR);
  }

  @Test
  void aWarmUpThatReachesIntoTheLastFifthIsFollowedByALineFromThePeak() {
    Schedule wsd = new Schedule.WarmupStableDecay(PEAK, FLOOR, 90, 100);
    assertThat(wsd.learningRate(89)).isEqualTo(PEAK);
    assertThat(wsd.learningRate(90)).isEqualTo(PEAK);
    assertThat(wsd.learningRate(95)).isCloseTo((PEAK + FLOOR) / 2, within(1e-15));
  }

  @Test
  void impossibleRunsAreRefused() {
    assertThatThrownBy(() -> new Schedule.Cosine(PEAK, FLOOR, 11, 10))
        .hasMessageContaining("11 warm-up steps in a run of 10");
    assertThatThrownBy(() -> new Schedule.Constant(PEAK, 0, 0)).hasMessageContaining("0 steps");
    assertThatThrownBy(() -> new Schedule.WarmupStableDecay(PEAK, FLOOR, -1, 10))
        .hasMessageContaining("-1 warm-up");
    assertThatThrownBy(() -> new Schedule.Cosine(PEAK, 1, 0, 10))
        .hasMessageContaining("from 0.003");
    assertThatThrownBy(() -> new Schedule.Constant(Double.NaN, 0, 10)).hasMessageContaining("NaN");
  }
}
