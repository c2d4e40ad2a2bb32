package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The words of the setting, and the steps that a seed draws. */
class GhostTriggerTest {
  @Test
  void theSettingNamesOneOfFiveTriggers() {
    assertThat(GhostTrigger.of("plateau", 5)).isEqualTo(new GhostTrigger.Plateau());
    assertThat(GhostTrigger.of("orthogonality", 5)).isEqualTo(new GhostTrigger.Orthogonality());
    assertThat(GhostTrigger.of("never", 5)).isEqualTo(new GhostTrigger.Never());
    assertThat(GhostTrigger.of("random", 5)).isEqualTo(new GhostTrigger.Random(5));
    assertThat(GhostTrigger.of("step:1", 5)).isEqualTo(new GhostTrigger.Steps(List.of(0L)));
  }

  @Test
  void stepsCountFromOneAsUsersSeeThemAndComeInAnyOrder() {
    GhostTrigger trigger = GhostTrigger.of("step:200,10,999999999", 5);
    assertThat(trigger).isEqualTo(new GhostTrigger.Steps(List.of(9L, 199L, 999_999_998L)));
    assertThat(trigger.word()).isEqualTo("step:10,200,999999999");
  }

  @ParameterizedTest
  @ValueSource(strings = {"plateau", "orthogonality", "random", "never", "step:3", "step:1,2,30"})
  void theWordOfATriggerNamesItAgain(String word) {
    assertThat(GhostTrigger.of(word, 7).word()).isEqualTo(word);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Plateau",
        "step",
        "step:",
        "step:,",
        "step:x",
        "step:1,,2",
        "step:1,",
        "step:0",
        "step:-3",
        "step:4,4",
        "steps:4",
        "random:3"
      })
  void whatNamesNoTriggerIsRefused(String word) {
    assertThatIllegalArgumentException().isThrownBy(() -> GhostTrigger.of(word, 7));
  }

  @Test
  void stepsAscendAndComeAfterTheRunsBeginning() {
    assertThatIllegalArgumentException().isThrownBy(() -> new GhostTrigger.Steps(List.of(3L, 2L)));
    assertThatIllegalArgumentException().isThrownBy(() -> new GhostTrigger.Steps(List.of(3L, 3L)));
    assertThatIllegalArgumentException().isThrownBy(() -> new GhostTrigger.Steps(List.of(-1L)));
    assertThatIllegalArgumentException().isThrownBy(() -> new GhostTrigger.Steps(List.of()));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void randomDrawsAsManyStepsAsThereAreGhostsInsideTheBounds(long seed) {
    int ghosts = (int) (seed % 7);
    List<Long> steps = new GhostTrigger.Random(seed).steps(2, ghosts, 40, 90);
    assertThat(steps).hasSize(ghosts).isSorted().doesNotHaveDuplicates();
    assertThat(steps).allSatisfy(step -> assertThat(step).isBetween(40L, 90L));
    assertThat(new GhostTrigger.Random(seed).steps(2, ghosts, 40, 90)).isEqualTo(steps);
  }

  @Test
  void randomReachesBothBoundsAndAllBetween() {
    Set<Long> reached = new HashSet<>();
    for (long seed = 0; seed < 100; seed++) {
      reached.addAll(new GhostTrigger.Random(seed).steps(0, 1, 10, 14));
    }
    assertThat(reached).containsExactlyInAnyOrder(10L, 11L, 12L, 13L, 14L);
  }

  @Test
  void seedsAndLayersDrawDifferentSteps() {
    List<List<Long>> drawn = new ArrayList<>();
    for (long seed = 0; seed < 8; seed++) {
      for (int layer = 0; layer < 8; layer++) {
        drawn.add(new GhostTrigger.Random(seed).steps(layer, 3, 0, 1_000_000));
      }
    }
    assertThat(drawn).hasSize(64).doesNotHaveDuplicates();
  }

  @Test
  void whereTheBoundsLeaveNoRoomForAllEachStepIsTakenOnce() {
    GhostTrigger.Random random = new GhostTrigger.Random(3);
    assertThat(random.steps(0, 9, 20, 24))
        .isEqualTo(LongStream.rangeClosed(20, 24).boxed().toList());
    assertThat(random.steps(0, 9, 20, 20)).containsExactly(20L);
    assertThat(random.steps(0, 9, 20, 19)).isEmpty();
    assertThat(random.steps(0, 9, 20, -50)).isEmpty();
  }
}
