package io.ghostmoe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.base.CounterRandom;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Element-wise and dense operations on numbers that one can work out by hand. */
interface LayerSemantics {
  /** A few roundings of numbers below 10. */
  Offset<Float> CLOSE = within(80 * 0x1p-24f);

  /** A new backend; the test closes it. */
  Backend backend();

  @Test
  default void dropoutKeepsWhereTheDrawReachesTheRate() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor out = host.output(10, 100);
      backend.dropout(host.filled(3, 10, 100), 0.25f, 77, out);
      float[] got = host.read(out);
      for (int i = 0; i < got.length; i++) {
        float want = CounterRandom.uniform(77, i) >= 0.25f ? 4 : 0;
        assertThat(got[i]).isCloseTo(want, CLOSE);
      }
    }
  }

  @Test
  default void geluHasItsPublishedValues() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor out = host.output(4);
      backend.gelu(host.floats(new float[] {-1, 0, 1, 2}, 4), out);
      // PyTorch's gelu(approximate="tanh")
      assertThat(host.read(out))
          .containsExactly(new float[] {-0.158808f, 0, 0.841192f, 1.954598f}, within(1e-6f));
    }
  }

  @Test
  default void linearMultipliesByRowsOfTheWeight() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor x = host.floats(new float[] {1, 2, 3, -1, 0, 1}, 2, 3);
      Tensor weight = host.floats(new float[] {1, 0, -1, 2, 2, 2}, 2, 3);
      Tensor out = host.output(2, 2);
      backend.linear(x, weight, host.floats(new float[] {10, 20}, 2), out);
      assertThat(host.read(out)).containsExactly(8, 32, 8, 20);
    }
  }

  @Test
  default void embeddingAddsTheRowsOfTokenAndPosition() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor tokens = host.floats(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
      Tensor places = host.floats(new float[] {10, 20, 30, 40}, 2, 2);
      Tensor out = host.output(3, 2);
      backend.embedding(
          host.ints(new int[] {2, 0, 2}, 3),
          host.ints(new int[] {1, 0, 0}, 3),
          tokens,
          places,
          out);
      assertThat(host.read(out)).containsExactly(35, 46, 11, 22, 15, 26);
    }
  }

  @Test
  default void layerNormDividesByTheBiasedDeviation() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor out = host.output(1, 4);
      Tensor mean = host.output(1);
      Tensor rstd = host.output(1);
      // mean 3, variance (4 + 0 + 0 + 4)/4 = 2; with epsilon 2 the deviation is 2
      backend.layerNorm(
          host.floats(new float[] {1, 3, 3, 5}, 1, 4),
          host.floats(new float[] {1, 1, 1, 3}, 4),
          host.floats(new float[] {0, 0.5f, 0, 1}, 4),
          2,
          out,
          mean,
          rstd);
      assertThat(host.read(mean)).containsExactly(3);
      assertThat(host.read(rstd)[0]).isCloseTo(0.5f, CLOSE);
      assertThat(host.read(out)).containsExactly(new float[] {-1, 0.5f, 0, 4}, CLOSE);
    }
  }

  @Test
  default void accumulatedGradientsAreAddedToWhatWasThere() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Draws draws = new Draws(1);
      Tensor dOut = host.floats(draws.signed(6), 3, 2);
      Tensor weight = host.floats(draws.signed(4), 2, 2);
      Tensor rowOfSlot = host.ints(new int[] {2, -1, 0}, 3, 1);
      Tensor x = host.floats(draws.signed(6), 3, 2);
      Tensor gain = host.filled(1, 2);
      Tensor mean = host.filled(0, 3);
      Tensor rstd = host.filled(1, 3);
      check(host, (accumulate, dX) -> backend.linearBackwardInput(dOut, weight, accumulate, dX));
      check(host, (accumulate, dX) -> backend.dispatchBackward(dOut, rowOfSlot, accumulate, dX));
      check(
          host,
          (accumulate, dX) ->
              backend.layerNormBackward(
                  x, gain, mean, rstd, dOut, accumulate, dX, host.filled(0, 2), host.filled(0, 2)));
    }
  }

  /** A backward pass into {@code dX} [3,2]. */
  @FunctionalInterface
  interface Backward {
    void run(boolean accumulate, Tensor dX);
  }

  private static void check(Host host, Backward backward) {
    Tensor assigned = host.output(3, 2);
    Tensor accumulated = host.filled(5, 3, 2);
    backward.run(false, assigned);
    backward.run(true, accumulated);
    for (int i = 0; i < 6; i++) {
      assertThat(host.read(accumulated)[i]).isCloseTo(5 + host.read(assigned)[i], CLOSE);
    }
  }

  @Test
  default void aTensorIsCopiedPieceByPiece() {
    int length = 3_000_017; // several of a GPU's staging chunks
    try (Backend backend = backend()) {
      Tensor tensor = backend.allocate(DType.F32, length);
      backend.fill(tensor, -1);
      float[] piece = new float[1_100_000];
      for (int from = 1; from < length - 1; from += piece.length) {
        int count = Math.min(piece.length, length - 1 - from);
        for (int i = 0; i < count; i++) {
          piece[i] = from + i;
        }
        backend.write(piece, count, tensor, from);
      }
      Arrays.fill(piece, Float.NaN);
      backend.read(tensor, 1_500_000, piece, 1_000_000);
      assertThat(piece[0]).isEqualTo(1_500_000);
      assertThat(piece[999_999]).isEqualTo(2_499_999);
      assertThat(piece[1_000_000]).isNaN();
      float[] all = new float[length];
      backend.read(tensor, all);
      assertThat(all[0]).isEqualTo(-1);
      assertThat(all[length - 1]).isEqualTo(-1);
      for (int i = 1; i < length - 1; i++) {
        if (all[i] != i) {
          assertThat(all[i]).as("element %d", i).isEqualTo(i);
        }
      }
    }
  }
}
