package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A dense layer: {@code y = x·weightᵀ + bias}, its weight learned or itself computed. */
public final class Linear {
  private Linear() {}

  /** Shapes: x [N,I], weight [O,I], bias [O] or null; returns [N,O]. */
  public static Variable apply(Tape tape, Variable x, Parameter weight, @Nullable Parameter bias) {
    Backend backend = tape.backend();
    Variable y = tape.variable(x.value().dim(0), weight.value().dim(0));
    backend.linear(x.value(), weight.value(), bias == null ? null : bias.value(), y.value());
    tape.record(y, () -> backward(tape, x, weight, bias, y));
    return y;
  }

  private static void backward(
      Tape tape, Variable x, Parameter weight, @Nullable Parameter bias, Variable y) {
    Backend backend = tape.backend();
    Tensor dY = Tape.gradientOf(y);
    backend.linearBackwardParameters(
        x.value(), dY, weight.requireGradient(), bias == null ? null : bias.requireGradient());
    tape.contribute(
        x, (accumulate, dX) -> backend.linearBackwardInput(dY, weight.value(), accumulate, dX));
  }

  /** Without a bias, by a weight that is itself differentiated. Shapes: x [N,I], weight [O,I]. */
  public static Variable apply(Tape tape, Variable x, Variable weight) {
    Backend backend = tape.backend();
    Variable y = tape.variable(x.value().dim(0), weight.value().dim(0));
    backend.linear(x.value(), weight.value(), null, y.value());
    tape.record(y, () -> backward(tape, x, weight, y));
    return y;
  }

  private static void backward(Tape tape, Variable x, Variable weight, Variable y) {
    Backend backend = tape.backend();
    Tensor dY = Tape.gradientOf(y);
    tape.contribute(
        weight,
        (accumulate, dWeight) -> {
          if (!accumulate) {
            backend.fill(dWeight, 0);
          }
          backend.linearBackwardParameters(x.value(), dY, dWeight, null);
        });
    tape.contribute(
        x, (accumulate, dX) -> backend.linearBackwardInput(dY, weight.value(), accumulate, dX));
  }
}
