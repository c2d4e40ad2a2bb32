package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import org.jspecify.annotations.Nullable;

/** A dense layer: {@code y = x·weightᵀ + bias}. */
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
    var dY = Tape.gradientOf(y);
    backend.linearBackwardParameters(
        x.value(), dY, weight.requireGradient(), bias == null ? null : bias.requireGradient());
    tape.contribute(
        x, (accumulate, dX) -> backend.linearBackwardInput(dY, weight.value(), accumulate, dX));
  }
}
