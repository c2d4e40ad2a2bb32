package io.ghostmoe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What a router decides once experts have joined late: relatives, activations, margins. */
interface GhostRouterSemantics {
  /** A few roundings of numbers around 1. */
  Offset<Float> CLOSE = within(16 * 0x1p-24f);

  float NAN = Float.NaN;
  float INFINITY = Float.POSITIVE_INFINITY;

  /** A new backend; the test closes it. */
  Backend backend();

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  // ---- families -----------------------------------------------------------------------------

  @Test
  default void relativesShareOneSlotAndTheNextBestTakesTheOther() {
    try (Backend backend = backend()) {
      int[] families = {5, -1, 5, Integer.MIN_VALUE};
      float[] scores = {
        3, 1, 2, 0,
        2, 1, 3, 0,
        0, 1, 2, 3
      };
      Selection selection = Selection.of(backend, 2, new float[4], families, ones(4), scores);
      assertThat(selection.experts()).containsExactly(0, 1, 2, 1, 3, 2);
      float first = (float) (1 / (1 + Math.exp(-2)));
      assertThat(selection.gates()[0]).as("among the selected").isCloseTo(first, CLOSE);
    }
  }

  @Test
  default void theBiasDecidesWhichOfTheRelativesStays() {
    try (Backend backend = backend()) {
      float[] bias = {0, 0, 1.5f};
      float[] scores = {3, 1, 2};
      Selection selection = Selection.of(backend, 2, bias, new int[] {0, 1, 0}, ones(3), scores);
      assertThat(selection.experts()).containsExactly(2, 1);
    }
  }

  @Test
  default void ofEqualRelativesTheLowestIndexStaysAndOneThatIsNoNumberGivesWay() {
    try (Backend backend = backend()) {
      int[] families = {0, 0, 1};
      float[] scores = {2, 2, 1, NAN, -9, 1, NAN, NAN, NAN};
      Selection selection = Selection.of(backend, 2, new float[3], families, ones(3), scores);
      assertThat(selection.experts()).containsExactly(0, 2, 2, 1, 0, 2);
    }
  }

  @Test
  default void whereFamiliesAreAsManyAsSlotsEachGetsOne() {
    try (Backend backend = backend()) {
      int[] families = {0, 0, 0, 1, 0, 2};
      float[] scores = {7, 6, 5, -4, 8, -5};
      Selection selection = Selection.of(backend, 3, new float[6], families, ones(6), scores);
      assertThat(selection.experts()).containsExactly(4, 3, 5);
    }
  }

  // ---- activations --------------------------------------------------------------------------

  @Test
  default void theGateOfASingleExpertWeighsTheOthersByTheirActivations() {
    try (Backend backend = backend()) {
      int[] families = {0, 1, 2};
      float[] activations = {1, 0.5f, 0.25f};
      float[] scores = {1, 0, 0.5f, 0, 0.5f, 1};
      Selection selection = Selection.of(backend, 1, new float[3], families, activations, scores);
      assertThat(selection.experts()).containsExactly(0, 2);
      double first = Math.exp(1) / (Math.exp(1) + 0.5 + 0.25 * Math.exp(0.5));
      // a ghost that is selected counts whole
      double second = Math.exp(1) / (1 + 0.5 * Math.exp(0.5) + Math.exp(1));
      assertThat(selection.gates())
          .containsExactly(new float[] {(float) first, (float) second}, CLOSE);
    }
  }

  @Test
  default void anExpertThatIsBarelyAwakeTakesNothingFromTheGatesOfTheOthers() {
    try (Backend backend = backend()) {
      float[] scores = new Draws(3).signed(4 * 50);
      float[] without = new float[3 * 50];
      for (int i = 0; i < without.length; i++) {
        without[i] = scores[i / 3 * 4 + i % 3];
      }
      int[] families = {0, 1, 2, 0};
      float[] activations = {1, 1, 1, Float.MIN_VALUE};
      float[] bias = {0, 0, 0, -99};
      Selection four = Selection.of(backend, 1, bias, families, activations, scores);
      Selection three = Selection.of(backend, 1, new float[3], without);
      assertThat(four.experts()).containsExactly(three.experts());
      assertThat(four.gates()).containsExactly(three.gates());
    }
  }

  @Test
  default void theGatesOfSeveralExpertsDoNotDependOnActivations() {
    try (Backend backend = backend()) {
      float[] scores = new Draws(4).signed(4 * 50);
      int[] families = {0, 1, 2, 3};
      float[] activations = {1, 0.5f, 1, 0.01f};
      Selection ramping = Selection.of(backend, 2, new float[4], families, activations, scores);
      Selection awake = Selection.of(backend, 2, new float[4], scores);
      assertThat(ramping.experts()).containsExactly(awake.experts());
      assertThat(ramping.gates()).containsExactly(awake.gates());
    }
  }

  // ---- margins ------------------------------------------------------------------------------

  private static float[] margins(
      Backend backend,
      int expert,
      int k,
      float[] bias,
      int[] families,
      int[] segments,
      float[] scores) {
    Host host = new Host(backend);
    Tensor margins = host.output(segments.length);
    backend.routerMargins(
        host.floats(scores, segments.length, bias.length),
        host.floats(bias, bias.length),
        host.ints(families, bias.length),
        host.ints(segments, segments.length),
        expert,
        k,
        margins);
    return host.read(margins);
  }

  @Test
  default void theMarginIsToTheLastThatGetsASlotOrToTheBestRelative() {
    try (Backend backend = backend()) {
      // ghost 4 is expert 1's clone; its own bias is not looked at
      int[] families = {0, 1, 2, 3, 1};
      float[] bias = {0, 0, 1, 0, NAN};
      float[] scores = {
        4,
        0,
        1,
        0.5f,
        3, // expert 2 is second of the others, at 2
        4,
        3.5f,
        1,
        0.5f,
        3, // the parent is in the way, at 3.5
        0,
        -1,
        0,
        0,
        9, // expert 0 is second, at 0
        9,
        9,
        9,
        9,
        9 // padding
      };
      float[] margins = margins(backend, 4, 2, bias, families, new int[] {0, 0, 1, -1}, scores);
      assertThat(margins).containsExactly(1, -0.5f, 9, NAN);
    }
  }

  @Test
  default void relativesAmongTheOthersTakeOneSlotTogether() {
    try (Backend backend = backend()) {
      int[] families = {0, 0, 0, 1, 2};
      float[] scores = {5, 4, 3, 2, 2.5f};
      assertThat(margins(backend, 4, 2, new float[5], families, new int[1], scores))
          .containsExactly(0.5f);
    }
  }

  @Test
  default void whereNobodyIsInTheWayTheMarginIsInfinite() {
    try (Backend backend = backend()) {
      int[] token = {0};
      float[] scores = {5, 4, 1};
      assertThat(margins(backend, 2, 3, new float[3], new int[] {0, 1, 2}, token, scores))
          .as("slots for all")
          .containsExactly(INFINITY);
      assertThat(margins(backend, 2, 2, new float[3], new int[] {0, 0, 1}, token, scores))
          .as("slots for all families")
          .containsExactly(INFINITY);
      assertThat(margins(backend, 2, 2, new float[3], new int[] {0, 1, 1}, token, scores))
          .as("but the relative is in the way")
          .containsExactly(-3);
      assertThat(margins(backend, 0, 1, new float[1], new int[1], token, new float[] {5}))
          .as("alone")
          .containsExactly(INFINITY);
    }
  }

  @Test
  default void aScoreThatIsNoNumberIsInNobodysWay() {
    try (Backend backend = backend()) {
      int[] families = {0, 1, 2, 2};
      float[] scores = {NAN, 2, 1, NAN, NAN, NAN, 1, NAN, 3, 2, NAN, 0};
      float[] margins = margins(backend, 2, 1, new float[4], families, new int[3], scores);
      assertThat(margins).containsExactly(-1, INFINITY, NAN);
    }
  }

  @Test
  default void anExpertIsSelectedExactlyWhereItsMarginAndItsBiasArePositive() {
    try (Backend backend = backend()) {
      for (int seed = 0; seed < 60; seed++) {
        Draws draws = new Draws(seed);
        int awake = 2 + draws.below(9, 1)[0];
        int[] families = draws.below(awake, awake);
        int most = (int) Arrays.stream(families).distinct().count();
        int k = 1 + draws.below(most, 1)[0];
        assertMarginsTell(backend, seed, k, draws.below(awake, 1)[0], families, draws);
      }
    }
  }

  private static void assertMarginsTell(
      Backend backend, int seed, int k, int expert, int[] families, Draws draws) {
    int tokens = 40;
    int awake = families.length;
    float[] bias = draws.signed(awake);
    float[] scores = draws.signed(tokens * awake);
    float[] margins = margins(backend, expert, k, bias, families, new int[tokens], scores);
    int[] selected = Selection.of(backend, k, bias, families, ones(awake), scores).experts();
    for (int n = 0; n < tokens; n++) {
      float lead = margins[n] + bias[expert];
      assertThat(Math.abs(lead)).as("no tie").isGreaterThan(4 * 0x1p-24f);
      assertThat(Arrays.stream(selected, n * k, (n + 1) * k).anyMatch(e -> e == expert))
          .as("seed %d, token %d: expert %d of %d, top-%d", seed, n, expert, awake, k)
          .isEqualTo(lead > 0);
    }
  }
}
