package io.ghostmoe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The loss in cases small enough to know the answer. */
interface LossSemantics {
  /** A new backend; the test closes it. */
  Backend backend();

  @Test
  default void aHeadOfZerosLosesTheLogarithmOfTheVocabulary() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor losses = host.output(3);
      backend.linearCrossEntropy(
          host.floats(new Draws(1).signed(12), 3, 4),
          host.filled(0, 1000, 4),
          host.filled(0, 1000),
          host.ints(new int[] {0, 999, -1}, 3),
          losses);
      float[] got = host.read(losses);
      float roundings = 1003 * 0x1p-24f;
      assertThat(got[0]).isCloseTo((float) Math.log(1000), within(roundings));
      assertThat(got[1]).isCloseTo((float) Math.log(1000), within(roundings));
      assertThat(Host.allZero(got[2])).isTrue();
    }
  }

  @Test
  default void hugeLogitsDoNotOverflow() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor losses = host.output(2);
      backend.linearCrossEntropy(
          host.floats(new float[] {1e4f, 1e4f}, 2, 1),
          host.floats(new float[] {1, -1, 0}, 3, 1),
          host.filled(0, 3),
          host.ints(new int[] {0, 1}, 2),
          losses);
      assertThat(host.read(losses)).containsExactly(0, 2e4f);
    }
  }

  @Test
  default void rowsWithoutATargetLeaveNoGradient() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Draws draws = new Draws(2);
      float[] before = draws.signed(35);
      Tensor dWeight = host.floats(before, 7, 5);
      Tensor dBias = host.floats(Arrays.copyOf(before, 7), 7);
      Tensor dX = host.output(3, 5);
      Tensor losses = host.output(3);
      backend.linearCrossEntropyGradients(
          host.floats(draws.signed(15), 3, 5),
          host.floats(draws.signed(35), 7, 5),
          host.floats(draws.signed(7), 7),
          host.ints(new int[] {-1, -1, -1}, 3),
          0.5f,
          losses,
          dX,
          dWeight,
          dBias);
      assertThat(Host.allZero(host.read(losses))).isTrue();
      assertThat(Host.allZero(host.read(dX))).isTrue();
      assertThat(host.read(dWeight)).containsExactly(before);
      assertThat(host.read(dBias)).containsExactly(Arrays.copyOf(before, 7));
    }
  }
}
