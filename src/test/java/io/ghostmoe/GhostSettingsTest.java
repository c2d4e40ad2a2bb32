package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the ghosts' settings default to, and what they mean to the engine. */
class GhostSettingsTest {
  /** Settings of a run of {@code maxSteps} steps from words such as {@code num_experts=4}. */
  private static TrainSettings resolved(int maxSteps, String... words) {
    SettingValues values =
        SettingValues.NONE
            .with(DataSettings.DATASET, "x.jsonl")
            .with(OptimizationSettings.MAX_STEPS, maxSteps);
    for (String word : words) {
      String[] pair = word.split("=", 2);
      values = values.withText(TrainSettings.TABLE.find(pair[0]).orElseThrow(), pair[1]);
    }
    return TrainSettings.of(values).resolve(10);
  }

  @ParameterizedTest(name = "{0} steps")
  @CsvSource({
    "1, 10",
    "119, 10",
    "131, 10",
    "132, 11",
    "240, 20",
    "11999, 999",
    "12000, 1000",
    "12012, 1000",
    "2000000000, 1000",
  })
  void theWindowIsATwelfthOfTheRunFromTenToAThousandAndTheCooldownTwoWindows(
      int maxSteps, int window) {
    TrainSettings settings = resolved(maxSteps);
    assertThat(settings.get(GhostSettings.SATURATION_MONITORING_WINDOW)).isEqualTo(window);
    assertThat(settings.get(GhostSettings.WAKE_COOLDOWN_STEPS)).isEqualTo(2 * window);
  }

  @ParameterizedTest(name = "{0} steps")
  @CsvSource({"1, 10", "87, 10", "88, 11", "240, 30", "799, 99", "800, 100", "808, 100"})
  void theRampIsAnEighthOfTheRunFromTenToAHundred(int maxSteps, int ramp) {
    assertThat(resolved(maxSteps).get(GhostSettings.GHOST_RAMP_STEPS)).isEqualTo(ramp);
  }

  @Test
  void theCooldownIsTwoOfTheGivenWindows() {
    for (int window : new int[] {1, 7, 5000}) {
      assertThat(
              resolved(240, "saturation_monitoring_window=" + window)
                  .get(GhostSettings.WAKE_COOLDOWN_STEPS))
          .isEqualTo(2 * window);
    }
    assertThat(
            resolved(240, "saturation_monitoring_window=" + Integer.MAX_VALUE)
                .get(GhostSettings.WAKE_COOLDOWN_STEPS))
        .isEqualTo(Integer.MAX_VALUE);
    assertThat(resolved(240, "wake_cooldown_steps=0").get(GhostSettings.WAKE_COOLDOWN_STEPS))
        .isZero();
  }

  @ParameterizedTest
  @CsvSource({"plateau, 0.75", "orthogonality, 0.95"})
  void eachMeasureOfSaturationHasAThresholdOfItsOwn(String trigger, double threshold) {
    assertThat(
            resolved(240, "ghost_trigger=" + trigger).get(GhostSettings.GHOST_ACTIVATION_THRESHOLD))
        .isEqualTo(threshold);
    assertThat(
            resolved(240, "ghost_trigger=" + trigger, "ghost_activation_threshold=0.6")
                .get(GhostSettings.GHOST_ACTIVATION_THRESHOLD))
        .isEqualTo(0.6);
  }

  @Test
  void aGhostsLearningRateIsTheRunsUnlessGiven() {
    assertThat(resolved(240).get(GhostSettings.GHOST_LEARNING_RATE)).isEqualTo(0.001);
    assertThat(resolved(240, "learning_rate=0.02").get(GhostSettings.GHOST_LEARNING_RATE))
        .isEqualTo(0.02);
    assertThat(
            resolved(240, "learning_rate=0.02", "ghost_learning_rate=0.5")
                .get(GhostSettings.GHOST_LEARNING_RATE))
        .isEqualTo(0.5);
  }

  @Test
  void everySettingReachesTheGhosts() {
    GhostConfig config =
        EngineConfig.ghosts(
            resolved(
                700,
                "num_experts=6",
                "top_k=3",
                "num_ghost_experts=5",
                "ghost_trigger=random",
                "ghost_activation_threshold=0.6",
                "ghost_activation_schedule=selective",
                "ghost_ramp_steps=17",
                "ghost_lr_coupling=complementary",
                "ghost_learning_rate=0.004",
                "ghost_init=fresh",
                "saturation_monitoring_window=19",
                "wake_cooldown_steps=23",
                "warmup_steps=29",
                "seed=31"));
    assertThat(config.primaries()).isEqualTo(6);
    assertThat(config.topK()).isEqualTo(3);
    assertThat(config.ghosts()).isEqualTo(5);
    assertThat(config.trigger()).isEqualTo(new GhostTrigger.Random(31));
    assertThat(config.threshold()).isEqualTo(0.6);
    assertThat(config.schedule()).isEqualTo(GhostConfig.Schedule.SELECTIVE);
    assertThat(config.rampSteps()).isEqualTo(17);
    assertThat(config.coupling()).isEqualTo(GhostConfig.Coupling.COMPLEMENTARY);
    assertThat(config.learningRate()).isEqualTo(0.004);
    assertThat(config.init()).isEqualTo(GhostConfig.Init.FRESH);
    assertThat(config.window()).isEqualTo(19);
    assertThat(config.cooldownSteps()).isEqualTo(23);
    assertThat(config.warmupSteps()).isEqualTo(29);
    assertThat(config.maxSteps()).isEqualTo(700);
  }

  @ParameterizedTest
  @ValueSource(strings = {"step:0", "step:1,", "step:01", "step:+1", "step:1 ,2", "Plateau", ""})
  void aTriggerThatIsNoneIsRefused(String trigger) {
    assertThatThrownBy(() -> resolved(240, "ghost_trigger=" + trigger))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("must be plateau, orthogonality, random, never or step:N[,N...]");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "step:5,9,5 | 3 | --ghost-trigger step:5,9,5 names a step twice: at each step one ghost a"
            + " layer wakes",
        "step:5,9 | 1 | --ghost-trigger step:5,9 wakes 2 ghosts, --num-ghost-experts is 1: pass"
            + " --num-ghost-experts 2",
        "step:9,241,5 | 3 | --ghost-trigger step:9,241,5: step 241 comes after the run's last, 240:"
            + " name an earlier one or raise --max-steps",
      })
  void stepsThatWakeNothingAreAMisunderstanding(String trigger, int ghosts, String message) {
    assertThatThrownBy(
            () -> resolved(240, "ghost_trigger=" + trigger, "num_ghost_experts=" + ghosts))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessage(message);
  }

  @Test
  void aStepAfterTheLastIsFoundOnceTheLengthOfTheRunIsKnown() {
    TrainSettings settings =
        TrainSettings.builder()
            .with(DataSettings.DATASET, "x.jsonl")
            .with(GhostSettings.NUM_GHOST_EXPERTS, 1)
            .with(GhostSettings.GHOST_TRIGGER, "step:21")
            .build();
    assertThat(settings.resolve(21).get(OptimizationSettings.MAX_STEPS)).isEqualTo(21);
    assertThatThrownBy(() -> settings.resolve(20))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith("--ghost-trigger step:21: step 21 comes after the run's last, 20");
  }

  @Test
  void stepsFromTheFirstToTheLastInAnyOrderWakeAGhostEach() {
    GhostConfig config =
        EngineConfig.ghosts(resolved(240, "ghost_trigger=step:240,1,7", "num_ghost_experts=3"));
    assertThat(config.trigger()).isEqualTo(new GhostTrigger.Steps(List.of(0L, 6L, 239L)));
    assertThat(config.canWake()).isTrue();
  }

  @Test
  void withoutGhostsItDoesNotMatterHowManyStepsATriggerNamesNorWhen() {
    GhostConfig config = EngineConfig.ghosts(resolved(240, "ghost_trigger=step:5,500"));
    assertThat(config.canWake()).isFalse();
  }
}
