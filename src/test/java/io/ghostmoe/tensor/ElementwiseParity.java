package io.ghostmoe.tensor;

import static io.ghostmoe.tensor.Parity.UNIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.tensor.Parity.Operand;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Memory and operations that see one element at a time. */
interface ElementwiseParity {
  /** A new backend; the test closes it. */
  Backend backend();

  @Test
  default void whatIsWrittenIsReadBack() {
    try (Backend backend = backend()) {
      for (int size : AwkwardSizes.ALL) {
        float[] floats = new Draws(size).signed(size);
        int[] integers = new Draws(size).below(50_257, size);
        Tensor x = backend.allocate(DType.F32, size);
        Tensor ids = backend.allocate(DType.I32, 1, size);
        backend.write(floats, x);
        backend.write(integers, ids);
        float[] floatsBack = new float[size];
        int[] integersBack = new int[size];
        backend.read(x, floatsBack);
        backend.read(ids, integersBack);
        assertThat(floatsBack).containsExactly(floats);
        assertThat(integersBack).containsExactly(integers);
        backend.release(x);
        backend.release(ids);
      }
    }
  }

  @Test
  default void fillAndCopyAreExact() {
    try (Parity parity = new Parity("fill, copy", backend())) {
      for (int size : AwkwardSizes.ALL) {
        parity.at("n=%d".formatted(size));
        Operand filled = parity.output(size);
        Operand x = parity.input(new Draws(size).signed(size), size);
        Operand copied = parity.output(size);
        parity.run(
            side -> {
              side.backend().fill(side.of(filled), -0.1f);
              side.backend().copy(side.of(x), side.of(copied));
            });
        parity.within(filled, i -> 0);
        parity.within(copied, i -> 0);
      }
    }
  }

  @Test
  default void addIsRoundedOnceAlsoInPlace() {
    try (Parity parity = new Parity("add", backend())) {
      for (int size : AwkwardSizes.ALL) {
        parity.at("n=%d".formatted(size));
        Draws draws = new Draws(size);
        Operand a = parity.input(draws.signed(size), size);
        Operand b = parity.input(draws.signed(size), size);
        Operand out = parity.output(size);
        parity.run(side -> side.backend().add(side.of(a), side.of(b), side.of(out)));
        oneRounding(parity, out);
        parity.run(side -> side.backend().add(side.of(a), side.of(b), side.of(a)));
        oneRounding(parity, a);
        parity.run(side -> side.backend().add(side.of(a), side.of(b), side.of(b)));
        // a term of this sum is the rounded one before
        parity.within(b, 2);
      }
    }
  }

  private static void oneRounding(Parity parity, Operand out) {
    double[] exact = parity.exact(out);
    parity.within(out, i -> UNIT * Math.abs(exact[i]));
  }

  @Test
  default void dropoutKeepsTheSameElementsEverywhere() {
    try (Parity parity = new Parity("dropout", backend())) {
      for (int size : AwkwardSizes.ALL) {
        for (float rate : new float[] {0, 0.1f, 0.5f, 0.97f}) {
          parity.at("n=%d rate=%s".formatted(size, rate));
          Operand x = parity.input(new Draws(size).signed(size), size, 1);
          Operand out = parity.output(size, 1);
          long key = 0x1234567890ABCDEFL * size;
          parity.run(side -> side.backend().dropout(side.of(x), rate, key, side.of(out)));
          parity.within(out, 3);
          parity.run(side -> side.backend().dropout(side.of(x), rate, key, side.of(x)));
          parity.within(x, 3);
        }
      }
    }
  }

  @Test
  default void geluHoldsFromTheLeastToTheLargestInputs() {
    try (Parity parity = new Parity("gelu", backend())) {
      for (int size : AwkwardSizes.ALL) {
        parity.at("n=%d".formatted(size));
        float[] values = wide(new Draws(size), size);
        Operand x = parity.input(values, size);
        Operand out = parity.output(size);
        parity.run(side -> side.backend().gelu(side.of(x), side.of(out)));
        // 1 + tanh cancels for negative x, so the error is relative to |x|
        parity.within(out, i -> 8 * UNIT * Math.abs(values[i]));
      }
    }
  }

  @Test
  default void geluBackwardHoldsFromTheLeastToTheLargestInputs() {
    try (Parity parity = new Parity("geluBackward", backend())) {
      for (int size : AwkwardSizes.ALL) {
        parity.at("n=%d".formatted(size));
        Draws draws = new Draws(size);
        float[] values = wide(draws, size);
        float[] upstream = draws.signed(size);
        Operand x = parity.input(values, size);
        Operand dOut = parity.input(upstream, size);
        for (Operand dX : List.of(parity.output(size), dOut)) {
          parity.run(side -> side.backend().geluBackward(side.of(x), side.of(dOut), side.of(dX)));
          parity.within(dX, i -> 8 * UNIT * Math.abs(upstream[i]) * geluCondition(values[i]));
        }
      }
    }
  }

  /** How an error of tanh grows in the slope: by |x·inner′|, until tanh is 1 to the last bit. */
  private static double geluCondition(double x) {
    return Math.abs(x) > 10 ? 1 : 1 + Math.abs(x) * 0.8 * (1 + 0.134 * x * x);
  }

  /** Draws of the usual sizes, with extremes where there is room. */
  private static float[] wide(Draws draws, int size) {
    float[] values = draws.signed(size);
    for (int i = 0; i < size; i++) {
      values[i] *= 6;
    }
    float[] extremes = {0f, -0f, 1e-38f, -1e-20f, 10, -10, 50, -50, 1e10f, -1e10f, 1e30f, -1e30f};
    System.arraycopy(extremes, 0, values, 0, Math.min(size / 2, extremes.length));
    return Arrays.copyOf(values, size);
  }
}
