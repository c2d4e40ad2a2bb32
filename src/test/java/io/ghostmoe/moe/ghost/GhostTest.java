package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A ghost and the ghosts of a layer as values. */
class GhostTest {
  private static final Ghost YOUNG = new Ghost(0.25, 7, 1);
  private static final Ghost OLD = new Ghost(1, 3, Ghost.NONE);

  @Test
  void aGhostIsInOneOfThreeStatesByItsActivation() {
    assertThat(GhostState.values())
        .containsExactly(GhostState.DORMANT, GhostState.AWAKENING, GhostState.ACTIVE);
    assertThat(Ghost.DORMANT.state()).isEqualTo(GhostState.DORMANT);
    assertThat(new Ghost(Double.MIN_VALUE, 0, 0).state()).isEqualTo(GhostState.AWAKENING);
    assertThat(new Ghost(Math.nextDown(1.0), 0, 0).state()).isEqualTo(GhostState.AWAKENING);
    assertThat(OLD.state()).isEqualTo(GhostState.ACTIVE);
  }

  @Test
  void anAwakeGhostIsOneThatIsNotDormantAndARampingOneIsAwakening() {
    for (Ghost ghost : List.of(Ghost.DORMANT, YOUNG, OLD)) {
      assertThat(ghost.isAwake()).isEqualTo(ghost.state() != GhostState.DORMANT);
      assertThat(ghost.isRamping()).isEqualTo(ghost.state() == GhostState.AWAKENING);
    }
  }

  @Test
  void aCloneHasAParentAndAFreshGhostHasNone() {
    assertThat(new Ghost(0.5, 0, 0).isClone()).isTrue();
    assertThat(new Ghost(0.5, 0, Ghost.NONE).isClone()).isFalse();
    assertThat(Ghost.DORMANT.isClone()).isFalse();
  }

  @ParameterizedTest(name = "activation {0}, woken at {1}, parent {2}")
  @CsvSource({
    "-0.1, 5, 0",
    "1.0000000000000002, 5, 0",
    "NaN, 5, 0",
    "0, 5, -1",
    "0, -1, 0",
    "0.5, -1, 0",
    "0.5, 5, -2",
    "1, -1, -1",
    "0, -2, -1",
    "1, -3, 0",
  })
  void activationRunsFromZeroToOneAndFitsTheWake(double activation, long wakeStep, int parent) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Ghost(activation, wakeStep, parent));
  }

  @Test
  void aLayerCanBeginWithGhostsThatWokeInAnotherRun() {
    LayerGhosts layer = LayerGhosts.inherited(List.of(OLD, YOUNG), 4);
    assertThat(layer.ghosts())
        .containsExactly(
            new Ghost(1, Ghost.INHERITED, Ghost.NONE),
            new Ghost(0.25, Ghost.INHERITED, 1),
            Ghost.DORMANT,
            Ghost.DORMANT);
    assertThat(layer.awake()).hasSize(2).allMatch(Ghost::isInherited);
    assertThat(layer.awakeBefore(0)).as("the first step finds them awake").hasSize(2);
    assertThat(layer.armed()).isTrue();
    assertThat(layer.lastWake()).as("none of them woke in this run").isEqualTo(Ghost.NEVER);
    assertThat(List.of(Ghost.DORMANT, OLD, YOUNG)).noneMatch(Ghost::isInherited);
  }

  @Test
  void aLayerBeginsWithEverythingAsleepAndItsTriggerArmed() {
    LayerGhosts layer = LayerGhosts.dormant(3);
    assertThat(layer.ghosts()).hasSize(3).containsOnly(Ghost.DORMANT);
    assertThat(layer.awake()).isEmpty();
    assertThat(layer.saturatedSteps()).isZero();
    assertThat(layer.armed()).isTrue();
    assertThat(LayerGhosts.dormant(0).ghosts()).isEmpty();
  }

  @Test
  void theAwakeGhostsAreAPrefix() {
    assertThat(new LayerGhosts(List.of(OLD, YOUNG, Ghost.DORMANT), 0, true).awake())
        .containsExactly(OLD, YOUNG);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LayerGhosts(List.of(OLD, Ghost.DORMANT, YOUNG), 0, true));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LayerGhosts(List.of(Ghost.DORMANT, OLD), 0, true));
  }

  @Test
  void aGhostThatWakesWithAStepHasNoWeightsBeforeIt() {
    LayerGhosts layer = new LayerGhosts(List.of(OLD, YOUNG, Ghost.DORMANT), 0, true);
    assertThat(layer.awakeBefore(3)).isEmpty();
    assertThat(layer.awakeBefore(4)).containsExactly(OLD);
    assertThat(layer.awakeBefore(7)).containsExactly(OLD);
    assertThat(layer.awakeBefore(8)).containsExactly(OLD, YOUNG);
  }

  @Test
  void aLayerKeepsItsGhostsWhateverBecomesOfTheListItWasMadeOf() {
    List<Ghost> ghosts = new ArrayList<>(List.of(OLD, YOUNG));
    LayerGhosts layer = new LayerGhosts(ghosts, 0, true);
    ghosts.clear();
    assertThat(layer.ghosts()).containsExactly(OLD, YOUNG);
  }

  @Test
  void progressOfDifferentModelsIsRefused() {
    List<LayerGhosts> two = List.of(LayerGhosts.dormant(1), LayerGhosts.dormant(1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GhostProgress(two, List.of(), SaturationHistory.empty(3)))
        .withMessageContaining("2 layers")
        .withMessageContaining("3");
    assertThat(new GhostProgress(two, List.of(), SaturationHistory.empty(2)).layers())
        .isEqualTo(two);
  }
}
