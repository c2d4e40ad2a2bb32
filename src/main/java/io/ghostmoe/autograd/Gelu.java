package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;

/** The Gaussian error linear unit in its tanh form. Source: Hendrycks and Gimpel 2016. */
public final class Gelu {
  private Gelu() {}

  /** Any shape; returns the same. */
  public static Variable apply(Tape tape, Variable x) {
    Backend backend = tape.backend();
    Variable y = tape.variable(x.value().shape().toArray());
    backend.gelu(x.value(), y.value());
    tape.record(
        y,
        () ->
            tape.contributeAssigned(
                x, dX -> backend.geluBackward(x.value(), Tape.gradientOf(y), dX)));
    return y;
  }
}
