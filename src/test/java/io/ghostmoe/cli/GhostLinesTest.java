package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.model.MemoryPlan;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.moe.ghost.LayerGhosts;
import io.ghostmoe.moe.ghost.Wake;
import io.ghostmoe.train.GhostFixture;
import io.ghostmoe.train.RunStart;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GhostLinesTest {
  private static final ModelConfig MODEL = new ModelConfig(9, 8, 4, 2, 1, 3, 2, 8, 0, 0, 0);
  private static final MemoryPlan NO_MEMORY = new MemoryPlan(0, 0, 0);
  private static final Ghost CLONE = new Ghost(0.5, 19, 1);

  /** A window of 4 steps and a ramp of 10, so that saturation may wake from step 9 to 87. */
  private static GhostConfig config(String trigger) {
    return GhostFixture.config(MODEL, 2, GhostTrigger.of(trigger, 42), 10, 100);
  }

  private static String start(GhostConfig ghosts, long firstStep, LayerGhosts... layers) {
    return GhostLines.start(
        new RunStart(
            Path.of("runs", "a"),
            "cpu",
            "x",
            10,
            8,
            firstStep,
            100,
            NO_MEMORY,
            false,
            ghosts,
            List.of(layers)));
  }

  private static LayerGhosts layer(Ghost first, Ghost second) {
    return new LayerGhosts(List.of(first, second), 0, true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "plateau | asleep until their layer is saturated (plateau, threshold 0.75)",
        "orthogonality | asleep until their layer is saturated (orthogonality, threshold 0.75)",
        "step:20 | asleep until step 20, when one a layer wakes",
        "step:20,10 | asleep until steps 10, 20, when one a layer wakes",
        "random | asleep until steps drawn from 9 to 87 (random)",
        "never | asleep for good (never)",
      })
  void aStartSaysWhatWakesThem(String trigger, String expected) {
    LayerGhosts asleep = LayerGhosts.dormant(2);
    assertThat(start(config(trigger), 0, asleep, asleep)).isEqualTo("2 a layer, " + expected);
  }

  @Test
  void aRunThatIsTooShortSaysSo() {
    GhostConfig ghosts = GhostFixture.config(MODEL, 2, new GhostTrigger.Plateau(), 10, 20);
    assertThat(start(ghosts, 0, LayerGhosts.dormant(2)))
        .isEqualTo("2 a layer, asleep for good: the run is too short for them");
  }

  @Test
  void aResumedRunSaysHowManyAreAwakeAndWhatWakesTheOthers() {
    LayerGhosts one = layer(CLONE, Ghost.DORMANT);
    LayerGhosts none = LayerGhosts.dormant(2);
    assertThat(start(config("plateau"), 30, one, none))
        .isEqualTo(
            "2 a layer, 1 of all 4 awake, the others asleep until their layer is saturated"
                + " (plateau, threshold 0.75)");
    assertThat(start(config("step:20,50"), 30, one, one))
        .isEqualTo(
            "2 a layer, 2 of all 4 awake, the others asleep until step 50, when one a layer wakes");
    assertThat(start(config("step:20"), 30, one, one))
        .isEqualTo(
            "2 a layer, 2 of all 4 awake, the others asleep for good: the steps given have passed");
    assertThat(start(config("plateau"), 86, one, one)).contains("the others asleep until");
    for (String late : new String[] {"plateau", "orthogonality", "random"}) {
      assertThat(start(config(late), 87, one, one))
          .isEqualTo(
              "2 a layer, 2 of all 4 awake, the others asleep for good: too few steps are left");
    }
    LayerGhosts all = layer(CLONE, CLONE);
    assertThat(start(config("plateau"), 30, all, all)).isEqualTo("2 a layer, all of them awake");
  }

  @Test
  void aGhostThatWakesWithTheFirstStepIsNotAwakeBeforeIt() {
    LayerGhosts one = layer(CLONE, Ghost.DORMANT);
    assertThat(start(config("step:20"), 19, one, one))
        .isEqualTo("2 a layer, asleep until step 20, when one a layer wakes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "plateau | plateau: saturation 0.81 ≥ 0.75",
        "orthogonality | orthogonality: saturation 0.81 ≥ 0.75",
        "step:95 | the step was given",
        "random | the step was drawn at random",
      })
  void aWakeSaysWhereOutOfWhatAndWhy(String trigger, String why) {
    Wake clone = new Wake(94, 1, 0, 3, 2, config(trigger).trigger().word(), 0.8099);
    assertThat(GhostLines.wake(clone, config(trigger), "ghost"))
        .isEqualTo(
            "step 95  ghost 0 of layer 1 wakes as expert 3, a clone of expert 2 (" + why + ")");
    Wake fresh = new Wake(94, 1, 0, 3, Ghost.NONE, config(trigger).trigger().word(), 0.8099);
    assertThat(GhostLines.wake(fresh, config(trigger), "ghost"))
        .isEqualTo(
            "step 95  ghost 0 of layer 1 wakes as expert 3, its weights drawn anew (" + why + ")");
  }
}
