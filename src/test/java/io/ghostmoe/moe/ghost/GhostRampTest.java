package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.moe.ghost.GhostConfig.Schedule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the activation of a woken ghost rises to 1. */
class GhostRampTest {
  private static final int WAKE = 5;

  private static Life life(Schedule schedule, int rampSteps, Life.Saturation saturation) {
    GhostConfig config =
        Configs.standard()
            .experts(4, 2, 2)
            .trigger(GhostTrigger.of("step:6,9", 0))
            .ramp(schedule, rampSteps)
            .steps(0, 2L * rampSteps + 20)
            .build();
    return Life.of(config, 1, saturation);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 10, 30, 49, 93, 100, 997})
  void gradualRisesLinearlyAndIsExactlyOneAtTheEndOfTheRamp(int rampSteps) {
    for (double saturation : new double[] {0, 1}) {
      Life life = life(Schedule.GRADUAL, rampSteps, (_, _) -> saturation);
      for (int i = 0; i < life.ramp(0, 0).size(); i++) {
        double expected = Math.min(1, (i + 1) / (double) rampSteps);
        assertThat(life.ramp(0, 0).get(i)).as("step %d of the ramp", i).isEqualTo(expected);
      }
      assertThat(life.ghost(0, 0, WAKE + rampSteps - 1).state()).isEqualTo(GhostState.ACTIVE);
    }
  }

  @Test
  void gradualTakesAsManyStepsAsTheRampHas() {
    Life life = life(Schedule.GRADUAL, 10, (_, _) -> 0);
    assertThat(life.ghost(0, 0, WAKE - 1).state()).isEqualTo(GhostState.DORMANT);
    assertThat(life.ghost(0, 0, WAKE).state()).isEqualTo(GhostState.AWAKENING);
    assertThat(life.ghost(0, 0, WAKE + 8).state()).isEqualTo(GhostState.AWAKENING);
    assertThat(life.ghost(0, 0, WAKE + 9).state()).isEqualTo(GhostState.ACTIVE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10, 100})
  void binaryIsOneAtOnce(int rampSteps) {
    for (double saturation : new double[] {0, 1}) {
      Life life = life(Schedule.BINARY, rampSteps, (_, _) -> saturation);
      assertThat(life.ghost(0, 0, WAKE - 1).state()).isEqualTo(GhostState.DORMANT);
      assertThat(life.ramp(0, 0)).isNotEmpty().containsOnly(1.0);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void selectiveRisesOnlyInStepsWhoseSaturationIsHalfOrMore(long seed) {
    int rampSteps = 1 + (int) (seed * 7 % 60);
    Life.Saturation saturation =
        (_, step) -> {
          float draw = CounterRandom.uniform(seed, step);
          return draw < 0.3 ? Math.nextDown(0.5) : draw < 0.6 ? 0.5 : draw;
        };
    Life life = life(Schedule.SELECTIVE, rampSteps, saturation);
    int rungs = 1;
    for (int step = WAKE + 1; step < life.config().maxSteps(); step++) {
      rungs += saturation.of(0, step) >= 0.5 ? 1 : 0;
      assertThat(life.ghost(0, 0, step).activation())
          .as("step %d", step)
          .isEqualTo(Math.min(1, rungs / (double) rampSteps));
    }
  }

  @Test
  void selectiveWaitsForeverWhereTheLayerIsNotSaturated() {
    Life life = life(Schedule.SELECTIVE, 10, (_, _) -> Math.nextDown(0.5));
    assertThat(life.ramp(0, 0)).isNotEmpty().containsOnly(0.1);
  }

  @Test
  void theThreeRampsDiffer() {
    Life.Saturation everyOther = (_, step) -> step % 2;
    List<Double> gradual = life(Schedule.GRADUAL, 4, everyOther).ramp(0, 0).subList(0, 8);
    List<Double> binary = life(Schedule.BINARY, 4, everyOther).ramp(0, 0).subList(0, 8);
    List<Double> selective = life(Schedule.SELECTIVE, 4, everyOther).ramp(0, 0).subList(0, 8);
    assertThat(gradual).containsExactly(0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0);
    assertThat(binary).containsExactly(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0);
    assertThat(selective).containsExactly(0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1.0, 1.0);
  }

  @Test
  void ghostsOfALayerRiseEachFromItsOwnWake() {
    Life life = life(Schedule.GRADUAL, 10, (_, _) -> 0);
    assertThat(life.ghost(0, 0, 8).activation()).isEqualTo(0.4);
    assertThat(life.ghost(0, 1, 8).activation()).isEqualTo(0.1);
    assertThat(life.ghost(0, 0, 15).activation()).isEqualTo(1);
    assertThat(life.ghost(0, 1, 15).activation()).isEqualTo(0.8);
  }
}
