package io.ghostmoe.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Draws;
import io.ghostmoe.tensor.Tensor;
import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * Tensors in double precision and central differences over them: the backward pass of an operation
 * must be the derivative of {@code Σ weights·out} that its forward pass computes.
 */
final class Doubles {
  /**
   * The step. The difference quotient is wrong by h²/6·f‴, here 2e-11·f‴, and by the rounding of f,
   * at most 1e-16 for each of Σ|terms| ≤ 1000, divided by h: 1e-8.
   */
  private static final double STEP = 1e-5;

  private static final double TOLERANCE = 1e-8;

  private final ScalarBackend backend = ScalarBackend.float64();
  private final Draws draws;

  Doubles(long seed) {
    draws = new Draws(seed);
  }

  ScalarBackend backend() {
    return backend;
  }

  Draws draws() {
    return draws;
  }

  /** A tensor of these values. */
  Tensor of(double[] values, int... dims) {
    Tensor tensor = backend.allocate(DType.F32, dims);
    backend.write(values, tensor);
    return tensor;
  }

  /** A tensor of signed draws. */
  Tensor drawn(int... dims) {
    Tensor tensor = backend.allocate(DType.F32, dims);
    backend.write(draws.signedDoubles(tensor.elements()), tensor);
    return tensor;
  }

  /** An output, which holds NaN. */
  Tensor output(int... dims) {
    return backend.allocate(DType.F32, dims);
  }

  /** Zeros, to accumulate on. */
  Tensor zeros(int... dims) {
    Tensor tensor = backend.allocate(DType.F32, dims);
    backend.fill(tensor, 0);
    return tensor;
  }

  /** A tensor of these integers. */
  Tensor ints(int[] values, int... dims) {
    Tensor tensor = backend.allocate(DType.I32, dims);
    backend.write(values, tensor);
    return tensor;
  }

  /** What a tensor holds. */
  double[] read(Tensor tensor) {
    double[] values = new double[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  /** {@code Σ weights·out}: what a gradient {@code weights} of {@code out} differentiates. */
  double weighted(Tensor out, Tensor weights) {
    double[] values = read(out);
    double[] factors = read(weights);
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += values[i] * factors[i];
    }
    return sum;
  }

  /** Compares {@code gradient} with the change of the objective along every element. */
  void check(String name, Tensor variable, Tensor gradient, DoubleSupplier objective) {
    double[] at = read(variable);
    double[] analytic = read(gradient);
    for (int i = 0; i < at.length; i++) {
      double[] moved = at.clone();
      moved[i] = at[i] + STEP;
      backend.write(moved, variable);
      double above = objective.getAsDouble();
      moved[i] = at[i] - STEP;
      backend.write(moved, variable);
      double below = objective.getAsDouble();
      double numeric = (above - below) / (2 * STEP);
      assertThat(analytic[i])
          .as("gradient of %s[%d]", name, i)
          .isCloseTo(numeric, within(TOLERANCE * (1 + Math.abs(numeric))));
    }
    backend.write(at, variable);
  }

  /** As {@link #check}, for one tensor of each expert. */
  void checkEach(
      String name, List<Tensor> variables, List<Tensor> gradients, DoubleSupplier objective) {
    for (int e = 0; e < variables.size(); e++) {
      check(name + "[" + e + "]", variables.get(e), gradients.get(e), objective);
    }
  }
}
