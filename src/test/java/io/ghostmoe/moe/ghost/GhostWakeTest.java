package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.moe.ghost.GhostConfig.Schedule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** When saturation wakes a ghost; the rule is one for both measures of it. */
class GhostWakeTest {
  private static final double THRESHOLD = 0.75;
  private static final double BELOW = Math.nextDown(THRESHOLD);

  private static final int RAMP = 6;
  private static final int WARMUP = 11;
  private static final long MAX_STEPS = 400;

  /** Each trigger with windows w and {@code run}, a quarter of them rounded up. */
  static Stream<Arguments> triggersAndWindows() {
    return Stream.of(new GhostTrigger.Plateau(), new GhostTrigger.Orthogonality())
        .flatMap(
            trigger ->
                Stream.of(
                    Arguments.of(trigger, 1, 1),
                    Arguments.of(trigger, 4, 1),
                    Arguments.of(trigger, 5, 2),
                    Arguments.of(trigger, 10, 3),
                    Arguments.of(trigger, 12, 3),
                    Arguments.of(trigger, 13, 4)));
  }

  private static Configs config(GhostTrigger trigger, int w) {
    return Configs.standard()
        .trigger(trigger)
        .threshold(THRESHOLD)
        .window(w)
        .ramp(Schedule.GRADUAL, RAMP)
        .cooldown(2L * w)
        .steps(WARMUP, MAX_STEPS);
  }

  private static List<Long> wakes(Configs config, Life.Saturation saturation) {
    return Life.of(config.build(), 1, saturation).wakeSteps(0);
  }

  @ParameterizedTest(name = "{0}, w = {1}")
  @MethodSource("triggersAndWindows")
  void aGhostWakesWhenSaturationWasAtTheThresholdForAQuarterOfTheWindowRunning(
      GhostTrigger trigger, int w, int run) {
    long start = 100;
    Life.Saturation longEnough =
        (_, step) -> step >= start && step < start + run ? THRESHOLD : BELOW;
    Life.Saturation tooShort =
        (_, step) -> step >= start && step < start + run - 1 ? THRESHOLD : BELOW;
    assertThat(wakes(config(trigger, w), longEnough)).containsExactly(start + run - 1);
    assertThat(wakes(config(trigger, w), tooShort)).isEmpty();
  }

  @ParameterizedTest(name = "{0}, w = {1}")
  @MethodSource("triggersAndWindows")
  void aStepBelowTheThresholdBeginsTheCountAnew(GhostTrigger trigger, int w, int run) {
    Life.Saturation interrupted = (_, step) -> step % run == 0 ? BELOW : 1;
    assertThat(wakes(config(trigger, w), interrupted)).isEmpty();
  }

  @ParameterizedTest(name = "{0}, w = {1}")
  @MethodSource("triggersAndWindows")
  void theCooldownReArmsALayerThatStaysSaturated(GhostTrigger trigger, int w) {
    long first = WARMUP + 2L * w;
    for (long cooldown : new long[] {1, 2, 7, 2L * w}) {
      assertThat(wakes(config(trigger, w).cooldown(cooldown), (_, _) -> 1))
          .as("cooldown %d", cooldown)
          .containsExactly(first, first + cooldown, first + 2 * cooldown);
    }
  }

  @ParameterizedTest(name = "{0}, w = {1}")
  @MethodSource("triggersAndWindows")
  void saturationBelowHalfReArmsALayer(GhostTrigger trigger, int w, int run) {
    Configs config = config(trigger, w).cooldown(1000);
    long first = WARMUP + 2L * w;
    long dip = first + 2;
    Life.Saturation deep = (_, step) -> step == dip ? Math.nextDown(0.5) : 1;
    assertThat(wakes(config, deep)).containsExactly(first, dip + run);
  }

  @ParameterizedTest(name = "{0}, w = {1}")
  @MethodSource("triggersAndWindows")
  void nothingButThatReArmsALayer(GhostTrigger trigger, int w, int run) {
    Configs config = config(trigger, w).cooldown(1000);
    long first = WARMUP + 2L * w;
    Life.Saturation shallow = (_, step) -> step > first && step % (run + 2) == 0 ? 0.5 : 1;
    assertThat(wakes(config, shallow)).containsExactly(first);
    assertThat(wakes(config, (_, _) -> 1)).containsExactly(first);
  }

  @ParameterizedTest(name = "{0}, w = {1}")
  @MethodSource("triggersAndWindows")
  void aWakeDisarmsALayerThatWasReArmedTwice(GhostTrigger trigger, int w, int run) {
    Configs config = config(trigger, w).experts(4, 5, 2).cooldown(1000);
    long first = WARMUP + 2L * w;
    Life.Saturation dips = (_, step) -> step > first && step < first + 5 ? 0.1 : 1;
    assertThat(wakes(config, dips)).containsExactly(first, first + 4 + run);
  }

  @ParameterizedTest(name = "{0}, w = {1}")
  @MethodSource("triggersAndWindows")
  void noGhostWakesBeforeTheWarmUpAndTwoWindows(GhostTrigger trigger, int w) {
    long bound = WARMUP + 2L * w;
    assertThat(wakes(config(trigger, w), (_, _) -> 1)).first().isEqualTo(bound);
    Life.Saturation over = (_, step) -> step < bound ? 1 : BELOW;
    assertThat(wakes(config(trigger, w), over)).isEmpty();
  }

  @ParameterizedTest(name = "{0}, w = {1}")
  @MethodSource("triggersAndWindows")
  void noGhostWakesAfterTheStepThatLeavesARampAndAWindow(GhostTrigger trigger, int w, int run) {
    long bound = MAX_STEPS - RAMP - w;
    Life.Saturation justInTime = (_, step) -> step > bound - run ? 1 : BELOW;
    Life.Saturation tooLate = (_, step) -> step > bound - run + 1 ? 1 : BELOW;
    assertThat(wakes(config(trigger, w), justInTime)).containsExactly(bound);
    assertThat(wakes(config(trigger, w), tooLate)).isEmpty();
  }

  @ParameterizedTest(name = "{0}, w = {1}")
  @MethodSource("triggersAndWindows")
  void asManyWakeAsThereAreGhostsAndNoMore(GhostTrigger trigger, int w) {
    for (int ghosts = 0; ghosts <= 4; ghosts++) {
      assertThat(wakes(config(trigger, w).experts(4, ghosts, 2).cooldown(0), (_, _) -> 1))
          .hasSize(ghosts);
    }
  }

  @ParameterizedTest(name = "{0}, w = {1}")
  @MethodSource("triggersAndWindows")
  void theThresholdIsTheGivenOne(GhostTrigger trigger, int w) {
    for (double threshold : new double[] {0.5, 0.75, 0.95, 1}) {
      Configs config = config(trigger, w).threshold(threshold);
      assertThat(wakes(config, (_, _) -> threshold)).isNotEmpty();
      assertThat(wakes(config, (_, _) -> Math.nextDown(threshold))).isEmpty();
    }
  }
}
