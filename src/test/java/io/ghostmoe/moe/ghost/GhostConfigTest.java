package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ghostmoe.moe.ghost.GhostConfig.Coupling;
import io.ghostmoe.moe.ghost.GhostConfig.Schedule;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In which runs a ghost can wake, and which configurations there are not. */
class GhostConfigTest {
  static Stream<Configs> impossible() {
    return Stream.of(
        Configs.standard().experts(0, 1, 1),
        Configs.standard().experts(4, -1, 2),
        Configs.standard().experts(4, 1, 0),
        Configs.standard().experts(4, 1, 5),
        Configs.standard().ramp(Schedule.GRADUAL, 0),
        Configs.standard().window(0),
        Configs.standard().cooldown(-1),
        Configs.standard().steps(-1, 100),
        Configs.standard().steps(0, 0),
        Configs.standard().threshold(-0.1),
        Configs.standard().threshold(1.1),
        Configs.standard().threshold(Double.NaN),
        Configs.standard().rate(Coupling.REWARM, -1e-9),
        Configs.standard().rate(Coupling.REWARM, Double.NaN),
        Configs.standard().rate(Coupling.REWARM, Double.POSITIVE_INFINITY));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void whatNoRunCanHaveIsRefused(Configs config) {
    assertThatIllegalArgumentException()
        .isThrownBy(config::build)
        .withMessageStartingWith("ghosts");
  }

  @Test
  void topKMayBeAllPrimariesButNoMore() {
    assertThat(Configs.standard().experts(3, 5, 3).build().topK()).isEqualTo(3);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"plateau", "orthogonality", "random"})
  void aGhostCanWakeWhereTheLastStepForItIsNotBeforeTheFirst(String word) {
    Configs config =
        Configs.standard().trigger(GhostTrigger.of(word, 1)).window(10).ramp(Schedule.GRADUAL, 7);
    // warm-up 5 + 2w = 25 against max_steps − 7 − 10
    assertThat(config.steps(5, 42).build().canWake()).isTrue();
    assertThat(config.steps(5, 41).build().canWake()).isFalse();
    assertThat(config.experts(4, 0, 2).steps(5, 1000).build().canWake()).isFalse();
  }

  @Test
  void aLayerHasToHaveBeenSaturatedForAWhile() {
    Configs config = Configs.standard().window(10).ramp(Schedule.GRADUAL, 7);
    // 2w + ⌈w/4⌉ = 23 against max_steps − 7 − 10; any saturation is enough for a threshold of 0
    assertThat(config.steps(0, 40).build().canWake()).isTrue();
    assertThat(config.steps(0, 39).build().canWake()).isFalse();
    assertThat(config.threshold(0).steps(0, 39).build().canWake()).isTrue();
  }

  @ParameterizedTest(name = "{0} in {1} steps: {2}")
  @CsvSource({
    "step:20, 20, true",
    "step:21, 20, false",
    "'step:30,20', 20, true",
    "step:1, 1, true",
    "never, 1000000, false",
  })
  void aGivenStepWakesWhereTheRunHasIt(String word, long maxSteps, boolean wakes) {
    Configs config = Configs.standard().trigger(GhostTrigger.of(word, 1)).steps(0, maxSteps);
    assertThat(config.build().canWake()).isEqualTo(wakes);
    assertThat(config.experts(4, 0, 2).build().canWake()).isFalse();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void aGhostCanWakeExactlyWhereOneDoesThatIsAlwaysSaturated(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    String[] words = {"plateau", "orthogonality", "random", "never", "step:30", "step:45,20"};
    for (String word : words) {
      GhostConfig config =
          Configs.standard()
              .experts(2, random.nextInt(3), 1)
              .trigger(GhostTrigger.of(word, seed))
              .window(random.nextInt(1, 9))
              .ramp(Schedule.GRADUAL, random.nextInt(1, 9))
              .steps(random.nextInt(12), random.nextInt(1, 50))
              .build();
      // the earliest that a monitor can say so: after 2w steps, of which the last is not seen
      long seen = 2L * config.window() + 1;
      assertThat(Life.of(config, 1, (_, step) -> step < seen ? 0 : 1).wakes().isEmpty())
          .as("%s", config)
          .isEqualTo(!config.canWake());
    }
  }
}
