package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.moe.ghost.GhostConfig.Init;
import io.ghostmoe.moe.ghost.GhostConfig.Schedule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds in every life of a ghost, whatever wakes it and however it rises. */
class GhostPolicyTest {
  private static final String[] TRIGGERS = {
    "plateau", "orthogonality", "random", "never", "step:1,30,31"
  };
  private static final int LAYERS = 3;

  /** Saturation that stays on one side of the threshold for a while and now and then falls deep. */
  private static Life.Saturation unsteady(long seed) {
    return (layer, step) -> {
      long key = CounterRandom.key(seed, layer, step / 7);
      float mood = CounterRandom.uniform(key, 100);
      return mood < 0.5 ? 0.8 : CounterRandom.uniform(key, step);
    };
  }

  /** All triggers and schedules, each with unsteady layers. */
  private static List<Life> lives(long seed) {
    List<Life> lives = new ArrayList<>();
    for (String trigger : TRIGGERS) {
      for (Schedule schedule : Schedule.values()) {
        GhostConfig config =
            Configs.standard()
                .trigger(GhostTrigger.of(trigger, seed))
                .ramp(schedule, 1 + (int) (seed % 9))
                .steps(3, 200)
                .build();
        lives.add(Life.of(config, LAYERS, unsteady(seed)));
      }
    }
    return lives;
  }

  @Test
  void thereAreWakesToSpeakOf() {
    for (Life life : lives(1)) {
      boolean never = life.config().trigger() instanceof GhostTrigger.Never;
      assertThat(life.wakes().isEmpty()).as("%s", life.config()).isEqualTo(never);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void statesGoFromDormantOverAwakeningToActiveAndNeverBack(long seed) {
    for (Life life : lives(seed)) {
      for (int layer = 0; layer < LAYERS; layer++) {
        for (int ghost = 0; ghost < life.config().ghosts(); ghost++) {
          for (long step = 1; step < life.config().maxSteps(); step++) {
            Ghost before = life.ghost(layer, ghost, step - 1);
            Ghost after = life.ghost(layer, ghost, step);
            assertThat(after.state()).isGreaterThanOrEqualTo(before.state());
            assertThat(after.activation()).isGreaterThanOrEqualTo(before.activation());
            if (before.isAwake()) {
              assertThat(after.wakeStep()).isEqualTo(before.wakeStep());
              assertThat(after.parent()).isEqualTo(before.parent());
            }
          }
        }
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void ghostsWakeInIndexOrderOneALayerPerWake(long seed) {
    for (Life life : lives(seed)) {
      int[] awake = new int[LAYERS];
      for (GhostPolicy.Decision decision : life.decisions()) {
        assertThat(decision.wakes().stream().map(Wake::layer)).doesNotHaveDuplicates();
        for (Wake wake : decision.wakes()) {
          assertThat(wake.ghost()).isEqualTo(awake[wake.layer()]++);
          assertThat(wake.expert()).isEqualTo(life.config().primaries() + wake.ghost());
        }
        for (int layer = 0; layer < LAYERS; layer++) {
          List<Ghost> ghosts = decision.layers().get(layer).ghosts();
          assertThat(ghosts).hasSize(life.config().ghosts());
          assertThat(ghosts.stream().map(Ghost::isAwake))
              .isEqualTo(prefix(awake[layer], ghosts.size())); // nobody is awake without a wake
        }
      }
    }
  }

  private static List<Boolean> prefix(int awake, int all) {
    List<Boolean> prefix = new ArrayList<>();
    for (int i = 0; i < all; i++) {
      prefix.add(i < awake);
    }
    return prefix;
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void aWakeSaysWhatTheGhostBecame(long seed) {
    for (Life life : lives(seed)) {
      for (Wake wake : life.wakes()) {
        Ghost ghost = life.ghost(wake.layer(), wake.ghost(), wake.step());
        assertThat(ghost.wakeStep()).isEqualTo(wake.step());
        assertThat(ghost.parent()).isEqualTo(wake.parent());
        assertThat(wake.trigger()).isEqualTo(life.config().trigger().word());
        assertThat(wake.saturation()).isEqualTo(unsteady(seed).of(wake.layer(), wake.step()));
        assertThat(life.decisions().get((int) wake.step()).wakes()).contains(wake);
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void layersWakeIndependently(long seed) {
    for (Life together : lives(seed)) {
      Life first = Life.of(together.config(), 1, unsteady(seed));
      Life quiet =
          Life.of(
              together.config(),
              LAYERS,
              (layer, step) -> layer == 0 ? unsteady(seed).of(0, step) : 0);
      for (int step = 0; step < together.config().maxSteps(); step++) {
        LayerGhosts expected = together.decisions().get(step).layers().getFirst();
        assertThat(first.decisions().get(step).layers().getFirst()).isEqualTo(expected);
        assertThat(quiet.decisions().get(step).layers().getFirst()).isEqualTo(expected);
      }
    }
  }

  @Test
  void aCloneIsOfTheMostUsefulPrimaryAndAFreshGhostOfNone() {
    for (Init init : Init.values()) {
      GhostConfig config =
          Configs.standard().init(init).trigger(GhostTrigger.of("step:3,9,14", 0)).build();
      Life life = Life.of(config, LAYERS, (_, _) -> 0);
      assertThat(life.wakes()).hasSize(3 * LAYERS);
      for (Wake wake : life.wakes()) {
        int mostUseful = (int) ((wake.layer() + wake.step()) % config.primaries());
        assertThat(wake.parent()).isEqualTo(init == Init.CLONE ? mostUseful : Ghost.NONE);
        assertThat(wake.parent()).isLessThan(config.primaries());
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void thePolicyIsPure(long seed) {
    for (Life life : lives(seed)) {
      GhostPolicy used = new GhostPolicy(life.config());
      for (int step = 1; step < life.config().maxSteps(); step++) {
        List<LayerGhosts> layers = new ArrayList<>(life.decisions().get(step - 1).layers());
        List<LayerSignal> signals = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
          int useful = (layer + step) % life.config().primaries();
          signals.add(new LayerSignal(unsteady(seed).of(layer, step), useful));
        }
        List<LayerGhosts> givenLayers = List.copyOf(layers);
        List<LayerSignal> givenSignals = List.copyOf(signals);
        GhostPolicy.Decision expected = life.decisions().get(step);
        // one that has decided before, for other steps too, and one that has not
        assertThat(used.decide(layers, signals, step)).isEqualTo(expected);
        used.decide(layers, signals, step + 50);
        assertThat(used.decide(layers, signals, step)).isEqualTo(expected);
        assertThat(new GhostPolicy(life.config()).decide(layers, signals, step))
            .isEqualTo(expected);
        assertThat(layers).isEqualTo(givenLayers);
        assertThat(signals).isEqualTo(givenSignals);
      }
    }
  }

  @Test
  void aDecisionStandsWhateverBecomesOfTheListsItWasMadeOf() {
    List<LayerGhosts> layers = new ArrayList<>(List.of(LayerGhosts.dormant(1)));
    List<Wake> wakes = new ArrayList<>(List.of(new Wake(3, 0, 0, 4, 1, "step:4", 0)));
    GhostPolicy.Decision decision = new GhostPolicy.Decision(layers, wakes);
    layers.clear();
    wakes.clear();
    assertThat(decision.layers()).hasSize(1);
    assertThat(decision.wakes()).hasSize(1);
  }

  @Test
  void signalsOfAnotherModelAreRefused() {
    GhostPolicy policy = new GhostPolicy(Configs.standard().build());
    List<LayerGhosts> layers = List.of(LayerGhosts.dormant(3));
    assertThatIllegalArgumentException().isThrownBy(() -> policy.decide(layers, List.of(), 0));
  }
}
