package io.ghostmoe.tensor;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.tensor.Parity.Operand;
import io.ghostmoe.tensor.cpu.ScalarBackend;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The judge judged: a candidate that computes something else must fail. */
class ParityTest {
  @Test
  void aDifferenceBeyondTheBoundFails() {
    assertFails(1 + 5 * 0x1p-23f);
  }

  @Test
  void aNumberThatIsNoneFails() {
    assertFails(Float.NaN);
  }

  @Test
  void anotherIntegerFails() {
    Backend candidate = ScalarBackend.float32();
    try (Parity parity = new Parity("deliberately wrong", candidate)) {
      Operand out = parity.integerOutput(3);
      parity.run(
          side -> side.backend().write(new int[] {1, 2, isCandidate(side) ? 4 : 3}, side.of(out)));
      parity.sameUpTo(out, 2);
      assertThatThrownBy(() -> parity.same(out)).isInstanceOf(AssertionError.class);
    }
  }

  @Test
  void anInfinityMustBeMetByTheSame() {
    float infinity = Float.POSITIVE_INFINITY;
    assertAlike(infinity, infinity, true);
    assertAlike(Float.NaN, Float.NaN, true);
    assertAlike(infinity, -infinity, false);
    assertAlike(infinity, Float.MAX_VALUE, false);
    assertAlike(infinity, Float.NaN, false);
    assertAlike(1, infinity, false);
    assertAlike(1, Float.NaN, false);
  }

  private static void assertAlike(float want, float got, boolean alike) {
    try (Parity parity = new Parity("wrong where it is told", ScalarBackend.float32())) {
      Operand out = parity.output(1);
      parity.run(
          side -> side.backend().write(new float[] {isCandidate(side) ? got : want}, side.of(out)));
      ThrowingCallable judge = () -> parity.withinOrAlike(out, i -> Double.POSITIVE_INFINITY);
      if (alike) {
        assertThatNoException().isThrownBy(judge);
      } else {
        assertThatThrownBy(judge).as("%s for %s", got, want).isInstanceOf(AssertionError.class);
      }
    }
  }

  private static boolean isCandidate(Parity.Side side) {
    return side.backend().description().contains("float32");
  }

  private static void assertFails(float wrong) {
    Backend candidate = ScalarBackend.float32();
    try (Parity parity = new Parity("deliberately wrong", candidate)) {
      Operand out = parity.output(2);
      parity.run(
          side ->
              side.backend().write(new float[] {1, isCandidate(side) ? wrong : 1}, side.of(out)));
      assertThatThrownBy(() -> parity.within(out, 3))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("element 1");
    }
  }
}
