package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.moe.ghost.GhostConfig.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The experimental controls: what wakes is settled before the run, whatever the saturation. */
class GhostControlTest {
  private static final int LAYERS = 4;

  private static Life life(Configs config, double saturation) {
    return Life.of(config.build(), LAYERS, (_, _) -> saturation);
  }

  private static Configs config(String trigger, long seed) {
    return Configs.standard().trigger(GhostTrigger.of(trigger, seed)).steps(10, 100);
  }

  @Test
  void aGivenStepCountsFromOneAndWakesAGhostInEveryLayerWithExactlyThatStep() {
    for (double saturation : new double[] {0, 0.6, 1}) {
      for (int layer = 0; layer < LAYERS; layer++) {
        assertThat(life(config("step:40", 0), saturation).wakeSteps(layer)).containsExactly(39L);
        assertThat(life(config("step:50,7,100", 0), saturation).wakeSteps(layer))
            .containsExactly(6L, 49L, 99L);
      }
    }
  }

  @Test
  void aGivenStepWaitsForNoCooldown() {
    for (double saturation : new double[] {0, 0.6, 1}) {
      Life life = life(config("step:30,31,32", 0).cooldown(1000), saturation);
      for (int layer = 0; layer < LAYERS; layer++) {
        assertThat(life.wakeSteps(layer)).containsExactly(29L, 30L, 31L);
      }
    }
  }

  @Test
  void aGivenStepMayBeTheFirstOrTheLastOfTheRunAndTheNextOne() {
    for (int layer = 0; layer < LAYERS; layer++) {
      assertThat(life(config("step:1,2,100", 0), 0).wakeSteps(layer)).containsExactly(0L, 1L, 99L);
      assertThat(life(config("step:101", 0), 1).wakeSteps(layer)).isEmpty();
    }
  }

  @Test
  void aRunOfOneStepCanHaveItsGhostAwake() {
    Life life = life(config("step:1", 0).steps(0, 1), 0);
    assertThat(life.wakes()).hasSize(LAYERS);
    assertThat(life.ghost(0, 0, 0).isAwake()).isTrue();
  }

  @Test
  void givenStepsWithoutAGhostLeftWakeNone() {
    assertThat(life(config("step:5,6,7", 0).experts(4, 2, 2), 0).wakeSteps(1))
        .containsExactly(4L, 5L);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void randomWakesAsManyAsThereAreGhostsInsideTheBounds(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int ghosts = random.nextInt(5);
    int w = random.nextInt(1, 12);
    int ramp = random.nextInt(1, 12);
    int warmup = random.nextInt(20);
    Configs config =
        config("random", seed)
            .experts(4, ghosts, 2)
            .window(w)
            .ramp(Schedule.GRADUAL, ramp)
            .steps(warmup, 100);
    Life life = life(config, 0);
    for (int layer = 0; layer < LAYERS; layer++) {
      assertThat(life.wakeSteps(layer)).hasSize(ghosts).isSorted().doesNotHaveDuplicates();
      assertThat(life.wakeSteps(layer))
          .allSatisfy(step -> assertThat(step).isBetween(warmup + 2L * w, 100L - ramp - w));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void randomDoesNotLookAtTheSaturation(long seed) {
    List<Wake> idle = life(config("random", seed), 0).wakes();
    List<Wake> saturated = life(config("random", seed), 1).wakes();
    assertThat(idle.stream().map(wake -> List.of(wake.step(), wake.layer(), wake.ghost())))
        .isNotEmpty()
        .isEqualTo(
            saturated.stream()
                .map(wake -> List.<Number>of(wake.step(), wake.layer(), wake.ghost()))
                .toList());
  }

  @Test
  void randomIsSeededSoThatSeedsAndLayersDiffer() {
    List<List<Long>> seen = new ArrayList<>();
    for (long seed = 0; seed < 4; seed++) {
      Configs config = config("random", seed).steps(10, 1000);
      Life life = life(config, 0);
      assertThat(life(config, 0)).isEqualTo(life);
      for (int layer = 0; layer < LAYERS; layer++) {
        seen.add(life.wakeSteps(layer));
      }
    }
    assertThat(seen).hasSize(4 * LAYERS).doesNotHaveDuplicates();
  }

  @Test
  void neverWakesNoneHoweverSaturated() {
    Life life = life(config("never", 0), 1);
    assertThat(life.wakes()).isEmpty();
    assertThat(life.decisions().getLast().layers())
        .allSatisfy(layer -> assertThat(layer.awake()).isEmpty());
  }
}
