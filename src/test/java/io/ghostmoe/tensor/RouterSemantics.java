package io.ghostmoe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What a router decides, in cases small enough to know the answer. */
interface RouterSemantics {
  /** A few roundings of numbers around 1. */
  Offset<Float> CLOSE = within(16 * 0x1p-24f);

  /** A new backend; the test closes it. */
  Backend backend();

  @Test
  default void tiesGoToTheLowestIndex() {
    try (Backend backend = backend()) {
      float[] scores = {
        1, 1, 1, 1,
        0, 2, 1, 2,
        -3, -3, -4, -3
      };
      Selection selection = Selection.of(backend, 2, new float[4], scores);
      assertThat(selection.experts()).containsExactly(0, 1, 1, 3, 0, 1);
    }
  }

  @Test
  default void theBiasSelectsButDoesNotWeigh() {
    try (Backend backend = backend()) {
      float[] scores = {2, 1, 0};
      Selection selection = Selection.of(backend, 2, new float[] {0, 0, 3}, scores);
      assertThat(selection.experts()).containsExactly(2, 0);
      float first = (float) (1 / (1 + Math.exp(2)));
      assertThat(selection.gates()[0]).isCloseTo(first, CLOSE);
      assertThat(selection.gates()[1]).isCloseTo(1 - first, CLOSE);
    }
  }

  @Test
  default void theGateOfASingleExpertIsTheFullSoftmax() {
    try (Backend backend = backend()) {
      Selection selection = Selection.of(backend, 1, new float[3], new float[] {0, 1, -1});
      assertThat(selection.experts()).containsExactly(1);
      double sum = 1 + Math.exp(1) + Math.exp(-1);
      assertThat(selection.gates()[0]).isCloseTo((float) (Math.exp(1) / sum), CLOSE);
    }
  }

  @Test
  default void largeScoresDoNotOverflow() {
    try (Backend backend = backend()) {
      Selection selection =
          Selection.of(backend, 2, new float[3], new float[] {1e30f, 1e30f, -1e30f});
      assertThat(selection.experts()).containsExactly(0, 1);
      assertThat(selection.gates()).containsExactly(new float[] {0.5f, 0.5f}, CLOSE);
    }
  }

  @Test
  default void scoresThatAreNoNumbersStillSelectDistinctExperts() {
    try (Backend backend = backend()) {
      float nan = Float.NaN;
      float[] scores = {nan, nan, nan, nan, nan, 1, nan, 2};
      Selection selection = Selection.of(backend, 3, new float[4], scores);
      assertThat(selection.experts()).containsExactly(0, 1, 2, 3, 1, 0);
      assertThat(selection.gates()[0]).isNaN();
    }
  }

  @Test
  default void sortingIsStableAndPaddingGoesNowhere() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      // expert 2 gets nothing, token 2 is padding
      Tensor experts = host.ints(new int[] {1, 0, 3, 1, 0, 1, 1, 3}, 4, 2);
      Tensor segments = host.ints(new int[] {0, 0, -1, 5}, 2, 2);
      Tensor offsets = host.intOutput(5);
      Tensor slotOfRow = host.intOutput(8);
      Tensor rowOfSlot = host.intOutput(4, 2);
      backend.sortByExpert(experts, segments, offsets, slotOfRow, rowOfSlot);
      assertThat(host.readInts(offsets)).containsExactly(0, 1, 4, 4, 6);
      assertThat(Arrays.copyOf(host.readInts(slotOfRow), 6)).containsExactly(1, 0, 3, 6, 2, 7);
      assertThat(host.readInts(rowOfSlot)).containsExactly(1, 0, 4, 2, -1, -1, 3, 5);
    }
  }

  @Test
  default void anEvenRouterHasBalanceLossOne() {
    try (Backend backend = backend()) {
      float[] losses =
          losses(backend, new float[12], new int[] {0, 1, 2}, new int[] {0, 1, 1, 3, 3});
      assertThat(losses[0]).isCloseTo(1, CLOSE);
      assertThat(losses[1]).isCloseTo((float) Math.pow(Math.log(4), 2), CLOSE);
    }
  }

  @Test
  default void theBalanceLossIsTheProductOfSharesAndProbabilities() {
    try (Backend backend = backend()) {
      float ln3 = (float) Math.log(3);
      // probabilities (¾, ¼) and (½, ½), the padded token's do not count: P = (⅝, ⅜)
      float[] scores = {ln3, 0, 9, -9, 0, 0};
      // three slots of four went to expert 0: 2·(¾·⅝ + ¼·⅜)
      float[] losses = losses(backend, scores, new int[] {0, -1, 0}, new int[] {0, 3, 4});
      assertThat(losses[0]).isCloseTo(1.125f, CLOSE);
      float squares = (float) (Math.pow(Math.log(4), 2) + Math.pow(Math.log(2), 2));
      assertThat(losses[1]).isCloseTo(squares / 2, CLOSE);
    }
  }

  @Test
  default void routerLossesOfPaddingAloneAreZeroAndLeaveNoGradient() {
    try (Backend backend = backend()) {
      int[] padding = {-1, -1, -1};
      float[] scores = new Draws(1).signed(12);
      assertThat(losses(backend, scores, padding, new int[5])).containsExactly(0, 0);
      Host host = new Host(backend);
      float[] before = new Draws(2).signed(12);
      Tensor dScores = host.floats(before, 3, 4);
      backend.routerLossesBackward(
          host.floats(scores, 3, 4),
          host.ints(new int[5], 5),
          host.ints(padding, 3),
          1,
          1,
          dScores);
      assertThat(host.read(dScores)).containsExactly(before);
    }
  }

  private static float[] losses(Backend backend, float[] scores, int[] segments, int[] offsets) {
    Host host = new Host(backend);
    int awake = offsets.length - 1;
    Tensor losses = host.output(2);
    backend.routerLosses(
        host.floats(scores, segments.length, awake),
        host.ints(offsets, awake + 1),
        host.ints(segments, segments.length),
        losses);
    return host.read(losses);
  }

  @Test
  default void theBalanceBiasRaisesTheNeglectedAndIsCentred() {
    try (Backend backend = backend()) {
      // shares wanted: a half, a quarter, a quarter; the last has its own already
      float[] bias =
          balanced(backend, new int[] {3, 3, 2}, new float[] {0.5f, 0.25f, 0.25f}, new float[3]);
      assertThat(bias[0]).isCloseTo(0.01f, CLOSE);
      assertThat(bias[1]).isCloseTo(-0.01f, CLOSE);
      assertThat(bias[2]).isCloseTo(0, CLOSE);
      float[] shifted =
          balanced(backend, new int[] {9, 0}, new float[] {0.5f, 0.5f}, new float[] {5, 1});
      assertThat(shifted[0]).isCloseTo(1.99f, CLOSE);
      assertThat(shifted[1]).isCloseTo(-1.99f, CLOSE);
    }
  }

  @Test
  default void anExpertWithoutARateMovesWithTheMeanOnly() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor bias = host.floats(new float[] {0, 0, 0, 0}, 4);
      backend.updateBalanceBias(
          host.ints(new int[] {8, 0, 0, 0}, 4),
          host.filled(0.25f, 4),
          host.floats(new float[] {0, 0.04f, 0.08f, 0}, 4),
          bias);
      // moved by (0, .04, .08, 0), of which the mean is .03
      assertThat(host.read(bias))
          .containsExactly(new float[] {-0.03f, 0.01f, 0.05f, -0.03f}, CLOSE);
    }
  }

  @Test
  default void aThirdOfThreeCountsIsOne() {
    try (Backend backend = backend()) {
      float third = 1f / 3;
      float[] bias =
          balanced(
              backend,
              new int[] {1_000_001, 1_000_001, 1_000_001},
              new float[] {third, third, third},
              new float[3]);
      assertThat(bias).containsExactly(0, 0, 0);
    }
  }

  @Test
  default void withoutCountsTheBalanceBiasStays() {
    try (Backend backend = backend()) {
      float[] before = {0.3f, 0.1f};
      assertThat(balanced(backend, new int[2], new float[] {0.5f, 0.5f}, before))
          .containsExactly(before);
    }
  }

  private static float[] balanced(Backend backend, int[] counts, float[] targets, float[] bias) {
    Host host = new Host(backend);
    Tensor moved = host.floats(bias, bias.length);
    backend.updateBalanceBias(
        host.ints(counts, counts.length),
        host.floats(targets, targets.length),
        host.filled(0.01f, counts.length),
        moved);
    return host.read(moved);
  }
}
