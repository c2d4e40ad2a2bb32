package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Targets of the load, and who shares a slot with whom. */
class RoutingPlanTest {
  private static Ghost clone(int parent, double activation) {
    return new Ghost(activation, 9, parent);
  }

  private static Ghost fresh(double activation) {
    return new Ghost(activation, 9, Ghost.NONE);
  }

  private static RoutingPlan plan(int primaries, int topK, Ghost... awake) {
    return RoutingPlan.of(primaries, topK, List.of(awake));
  }

  /** Any E ≥ K ≥ 1 with any ghosts. */
  private static RoutingPlan any(SplittableRandom random, int primaries, int topK) {
    List<Ghost> awake = new ArrayList<>();
    for (int g = random.nextInt(8); g > 0; g--) {
      double activation = random.nextInt(1, 17) / 16.0;
      awake.add(
          random.nextInt(4) == 0
              ? fresh(activation)
              : clone(random.nextInt(primaries), activation));
    }
    return RoutingPlan.of(primaries, topK, awake);
  }

  @Test
  void aTargetIsTheWeightOverAllWeightsWhereAGhostWeighsItsActivation() {
    RoutingPlan plan = plan(3, 2, clone(1, 0.25), fresh(0.75));
    assertThat(plan.experts()).isEqualTo(5);
    assertThat(plan.activations()).containsExactly(1, 1, 1, 0.25f, 0.75f);
    assertThat(plan.targets()).containsExactly(0.25f, 0.25f, 0.25f, 0.0625f, 0.1875f);
  }

  @Test
  void withoutGhostsAllTargetsAreEqualAndEveryExpertIsAlone() {
    RoutingPlan plan = RoutingPlan.of(4);
    assertThat(plan.families()).containsExactly(0, 1, 2, 3);
    assertThat(plan.activations()).containsOnly(1);
    assertThat(plan.targets()).containsOnly(0.25f);
    assertThat(plan.ramping()).containsOnly(false);
    assertThat(plan.anyRamping()).isFalse();
    assertThat(plan).isEqualTo(RoutingPlan.of(4, 3, List.of()));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void targetsSumToOneAndNoneExceedsWhatOneExpertCanServe(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 100; i++) {
      int primaries = random.nextInt(1, 9);
      int topK = random.nextInt(1, primaries + 1);
      RoutingPlan plan = any(random, primaries, topK);
      double sum = 0;
      for (float target : plan.targets()) {
        assertThat(target).isPositive().isLessThanOrEqualTo((float) (1.0 / topK));
        sum += target;
      }
      // each is rounded once, to 2⁻²⁴ of itself
      assertThat(sum).isCloseTo(1, within(0x1.01p-24));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void targetsAreTheWeightsCappedWithTheExcessSharedOut(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 100; i++) {
      int primaries = random.nextInt(1, 9);
      int topK = random.nextInt(1, primaries + 1);
      RoutingPlan plan = any(random, primaries, topK);
      double[] expected = capped(plan.activations(), 1.0 / topK);
      for (int e = 0; e < plan.experts(); e++) {
        assertThat((double) plan.targets()[e])
            .as("expert %d of %s", e, Arrays.toString(plan.activations()))
            .isCloseTo(expected[e], within(Math.scalb(expected[e], -23)));
      }
    }
  }

  /** Shares by weight; whoever exceeds the cap gets the cap, the others share what is left. */
  private static double[] capped(float[] weights, double cap) {
    double[] shares = new double[weights.length];
    boolean[] full = new boolean[weights.length];
    for (int round = 0; round < weights.length; round++) {
      double left = 1;
      double weight = 0;
      for (int e = 0; e < weights.length; e++) {
        left -= full[e] ? cap : 0;
        weight += full[e] ? 0 : weights[e];
      }
      for (int e = 0; e < weights.length; e++) {
        shares[e] = full[e] ? cap : left * weights[e] / weight;
      }
      for (int e = 0; e < weights.length; e++) {
        full[e] |= shares[e] > cap * (1 + 0x1p-40);
      }
    }
    return shares;
  }

  @Test
  void aCloneSharesASlotWithItsParentWhileItsActivationIsBelowHalf() {
    assertThat(plan(4, 2, clone(2, 0.1)).families()).containsExactly(0, 1, 2, 3, 2);
    assertThat(plan(4, 2, clone(2, Math.nextDown(0.5))).families()).containsExactly(0, 1, 2, 3, 2);
    assertThat(plan(4, 2, clone(2, 0.5)).families()).containsExactly(0, 1, 2, 3, 4);
    assertThat(plan(4, 2, clone(2, 1)).families()).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void aFreshGhostIsAlone() {
    assertThat(plan(4, 2, fresh(0.1), clone(0, 0.1), fresh(0.2)).families())
        .containsExactly(0, 1, 2, 3, 4, 0, 6);
  }

  @Test
  void twoClonesOfOneParentShareItsSlot() {
    assertThat(plan(4, 2, clone(1, 0.25), clone(1, 0.125)).families())
        .containsExactly(0, 1, 2, 3, 1, 1);
  }

  @Test
  void aGrownCloneLeavesTheYoungerOneToTheParent() {
    assertThat(plan(4, 2, clone(1, 0.75), clone(1, 0.25)).families())
        .containsExactly(0, 1, 2, 3, 4, 1);
  }

  @Test
  void clonesOfDifferentParentsAreDifferentFamilies() {
    assertThat(plan(4, 2, clone(3, 0.25), clone(0, 0.25)).families())
        .containsExactly(0, 1, 2, 3, 3, 0);
  }

  @Test
  void whereTooFewExpertsWouldBeLeftACloneIsNoFamilyOfItsParents() {
    // k·(1 + a) = 2.5 of Σa = 2.25
    assertThat(plan(2, 2, clone(0, 0.25)).families()).containsExactly(0, 1, 2);
    assertThat(plan(3, 3, clone(0, 0.25)).families()).containsExactly(0, 1, 2, 3);
    // 2.5 of 3.25
    assertThat(plan(3, 2, clone(0, 0.25)).families()).containsExactly(0, 1, 2, 0);
  }

  @Test
  void theOneSlotOfAFamilyMayBeJustEnoughForIt() {
    // k·(1 + Σa of the clones) = 3 = Σa
    assertThat(plan(2, 2, clone(0, 0.25), clone(0, 0.25), fresh(0.5)).families())
        .containsExactly(0, 1, 0, 0, 4);
    assertThat(plan(2, 2, clone(0, 0.25), clone(0, 0.25), fresh(0.4375)).families())
        .containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void withOneExpertATokenACloneAlwaysCompetesWithItsParent() {
    assertThat(plan(1, 1, clone(0, 0.25)).families()).containsExactly(0, 0);
    assertThat(plan(1, 1, clone(0, 0.25), clone(0, 0.375)).families()).containsExactly(0, 0, 0);
    assertThat(plan(3, 1, clone(2, 0.25)).families()).containsExactly(0, 1, 2, 2);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void thereAreFamiliesEnoughForATokensSlotsAndRoomForEachOnesTargets(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 300; i++) {
      int primaries = random.nextInt(1, 7);
      int topK = random.nextInt(1, primaries + 1);
      RoutingPlan plan = any(random, primaries, topK);
      double[] shares = new double[plan.experts()];
      for (int e = 0; e < plan.experts(); e++) {
        assertThat(plan.families()[plan.families()[e]]).isEqualTo(plan.families()[e]);
        shares[plan.families()[e]] += plan.targets()[e];
      }
      assertThat(Arrays.stream(shares).filter(share -> share > 0).count())
          .isGreaterThanOrEqualTo(topK);
      // a family serves a token once: at most 1/k of the slots
      assertThat(Arrays.stream(shares).max().orElseThrow())
          .isLessThanOrEqualTo(1.0 / topK * (1 + 0x1p-23));
    }
  }

  @Test
  void onlyAGhostWhoseActivationIsBelowOneIsRamping() {
    RoutingPlan plan = plan(2, 1, clone(0, 1), fresh(Math.nextDown(1.0)), clone(1, 0.5));
    assertThat(plan.ramping()).containsExactly(false, false, false, true, true);
    assertThat(plan.anyRamping()).isTrue();
    assertThat(plan(2, 1, clone(0, 1)).anyRamping()).isFalse();
  }

  @Test
  void plansThatSayTheSameAreEqual() {
    RoutingPlan plan = plan(3, 2, clone(1, 0.25));
    assertThat(plan)
        .isEqualTo(plan(3, 2, clone(1, 0.25)))
        .hasSameHashCodeAs(plan(3, 2, clone(1, 0.25)))
        .isNotEqualTo(plan(3, 2, clone(0, 0.25)))
        .isNotEqualTo(plan(3, 2, clone(1, 0.375)))
        .isNotEqualTo(plan(3, 2))
        .isNotEqualTo(
            new RoutingPlan(plan.families(), plan.activations(), plan.targets(), new boolean[4]))
        .isNotEqualTo(
            new RoutingPlan(plan.families(), new float[4], plan.targets(), plan.ramping()))
        .isNotEqualTo(
            new RoutingPlan(plan.families(), plan.activations(), new float[4], plan.ramping()));
  }
}
