package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.moe.ghost.GhostConfig.Coupling;
import io.ghostmoe.moe.ghost.GhostConfig.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One rate a ghost, as each coupling has it; {@code relative} is lr/lr_peak. */
class GhostLearningRateTest {
  private static final double HIGHEST = 3e-3;
  private static final long WAKE = 40;
  private static final int RAMP = 8;
  private static final double[] RELATIVES = {0, 0.1, 1 / 3.0, 0.5, 0.99, 1};

  /** Three roundings of numbers that are no larger. */
  private static final double ROUNDING = 3 * Math.ulp(HIGHEST);

  private static GhostLearningRate rate(Coupling coupling) {
    return new GhostLearningRate(
        Configs.standard().rate(coupling, HIGHEST).ramp(Schedule.GRADUAL, RAMP).build());
  }

  private static Ghost at(long step) {
    return new Ghost(Math.min(1, (step - WAKE + 1) / (double) RAMP), WAKE, 0);
  }

  @Test
  void rewarmFollowsThePrimariesWithAWarmUpOfItsOwn() {
    for (double relative : RELATIVES) {
      for (long t = WAKE; t < WAKE + 3 * RAMP; t++) {
        double expected = HIGHEST * relative * Math.min(1, (t - WAKE + 1) / (double) RAMP);
        assertThat(rate(Coupling.REWARM).of(at(t), t, relative))
            .as("step %d at %s", t, relative)
            .isCloseTo(expected, within(ROUNDING));
      }
    }
  }

  @Test
  void rewarmCountsStepsSinceTheWakeAndNotTheActivation() {
    GhostLearningRate rewarm = rate(Coupling.REWARM);
    Ghost held = new Ghost(0.125, WAKE, 0);
    Ghost sudden = new Ghost(1, WAKE, 0);
    assertThat(rewarm.of(held, WAKE + RAMP - 1, 1)).isEqualTo(HIGHEST);
    assertThat(rewarm.of(held, WAKE + 10 * RAMP, 1)).isEqualTo(HIGHEST);
    assertThat(rewarm.of(sudden, WAKE, 1)).isEqualTo(HIGHEST / RAMP);
  }

  @Test
  void inverseIsHighWhereThePrimariesIsLow() {
    for (double relative : RELATIVES) {
      for (long t = WAKE; t < WAKE + 3 * RAMP; t++) {
        assertThat(rate(Coupling.INVERSE).of(at(t), t, relative))
            .as("step %d at %s", t, relative)
            .isCloseTo(HIGHEST * (1 - relative) * at(t).activation(), within(ROUNDING));
      }
    }
  }

  @Test
  void inverseReachesItsFullRateExactlyWhereThePrimariesIsZero() {
    GhostLearningRate inverse = rate(Coupling.INVERSE);
    Ghost active = new Ghost(1, WAKE, 0);
    assertThat(inverse.of(active, 99, 0)).isEqualTo(HIGHEST);
    assertThat(inverse.of(active, 99, 0x1p-40)).isLessThan(HIGHEST);
    assertThat(inverse.of(active, 99, 1)).isZero();
    assertThat(inverse.of(new Ghost(0.875, WAKE, 0), 99, 0)).isLessThan(HIGHEST);
  }

  @Test
  void complementaryIsAsHighAsTheGhostIsAwakeWhateverThePrimariesIs() {
    for (double relative : RELATIVES) {
      for (long t = WAKE; t < WAKE + 3 * RAMP; t++) {
        assertThat(rate(Coupling.COMPLEMENTARY).of(at(t), t, relative))
            .as("step %d at %s", t, relative)
            .isCloseTo(HIGHEST * at(t).activation(), within(ROUNDING));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDormantGhostLearnsNothing(Coupling coupling) {
    for (double relative : RELATIVES) {
      assertThat(rate(coupling).of(Ghost.DORMANT, 50, relative)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void noRateExceedsTheGhostsHighest(Coupling coupling) {
    for (double relative : RELATIVES) {
      for (long t = WAKE; t < WAKE + 3 * RAMP; t++) {
        assertThat(rate(coupling).of(at(t), t, relative)).isBetween(0.0, HIGHEST);
      }
    }
  }

  @Test
  void ghostsThatWokeAtDifferentStepsHaveDifferentRates() {
    GhostLearningRate rewarm = rate(Coupling.REWARM);
    Ghost early = new Ghost(1, WAKE, 0);
    Ghost late = new Ghost(0.25, WAKE + RAMP, 0);
    assertThat(rewarm.of(early, WAKE + RAMP + 1, 1)).isEqualTo(HIGHEST);
    assertThat(rewarm.of(late, WAKE + RAMP + 1, 1)).isEqualTo(HIGHEST / 4);
  }
}
