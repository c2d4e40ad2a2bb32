package io.ghostmoe.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is measured in a step, in cases whose result is exact. */
interface StatisticsSemantics {
  float NAN = Float.NaN;

  /** A new backend; the test closes it. */
  Backend backend();

  @Test
  default void everyGroupHasItsOwnNormAndAnEmptyOneHasZero() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor shared = host.floats(new float[] {2, -1}, 2);
      Tensor other = host.floats(new float[] {4, 10, 0}, 1, 3);
      Tensor out = host.output(4);
      backend.norms(
          List.of(
              List.of(shared, other), List.of(), List.of(other, shared), List.of(shared, shared)),
          out);
      assertThat(host.read(out)).containsExactly(11, 0, 11, (float) Math.sqrt(10));
    }
  }

  @Test
  default void utilityWeighsLengthsByTheGatesOfTheirSlots() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      // lengths 5, 13 and 1; slot 1 is padding's, and the last row nobody's
      Tensor y = host.floats(new float[] {3, 4, -5, 12, 0, -1, NAN, NAN}, 4, 2);
      Tensor gates = host.floats(new float[] {0.5f, NAN, 0.25f, 2}, 2, 2);
      Tensor offsets = host.ints(new int[] {0, 2, 2, 3}, 4);
      Tensor slotOfRow = host.ints(new int[] {2, 0, 3, -7}, 4);
      Tensor utility = host.output(3);
      backend.expertUtility(y, gates, offsets, slotOfRow, utility);
      assertThat(host.read(utility)).containsExactly(0.25f * 5 + 0.5f * 13, 0, 2);
    }
  }

  @Test
  default void sumsAreTakenInDoubleAndAnIdleExpertHasZeros() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      float big = 0x1p40f;
      Tensor y = host.floats(new float[] {big, 1, 1, 2, -big, 4, 8, 16, NAN, NAN}, 5, 2);
      Tensor sums = host.output(3, 2);
      backend.expertSums(y, host.ints(new int[] {0, 3, 3, 4}, 4), sums);
      assertThat(host.read(sums)).containsExactly(1, 7, 0, 0, 8, 16);
    }
  }

  @Test
  default void alignmentIsThreeProductsOfWhatIsNotPadding() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor x = host.floats(new float[] {1, 2, NAN, NAN, 40, 3, -40, 1}, 4, 2);
      Tensor y = host.floats(new float[] {2, -1, NAN, NAN, 40, 0, 40, 5}, 4, 2);
      Tensor out = host.output(3);
      backend.alignment(x, y, host.ints(new int[] {0, -1, 7, 7}, 2, 2), out);
      assertThat(host.read(out)).containsExactly(5, 3215, 3230);
    }
  }

  @Test
  default void paddingAloneAlignsWithNothing() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor out = host.output(3);
      Tensor nothing = host.output(2, 3);
      backend.alignment(nothing, nothing, host.ints(new int[] {-1, -1}, 2), out);
      assertThat(host.read(out)).containsExactly(0, 0, 0);
    }
  }
}
