package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;

/** The sum of two variables of one shape: the residual connection. */
public final class Add {
  private Add() {}

  /** Shapes: a and b alike; returns the same. */
  public static Variable apply(Tape tape, Variable a, Variable b) {
    Variable sum = tape.variable(a.value().shape().toArray());
    tape.backend().add(a.value(), b.value(), sum.value());
    tape.record(
        sum,
        () -> {
          passOn(tape, sum, a);
          passOn(tape, sum, b);
        });
    return sum;
  }

  /** A copy, never the same memory: both inputs' gradients may grow on their own. */
  private static void passOn(Tape tape, Variable sum, Variable x) {
    Backend backend = tape.backend();
    var dSum = Tape.gradientOf(sum);
    tape.contribute(
        x,
        (accumulate, dX) -> {
          if (accumulate) {
            backend.add(dX, dSum, dX);
          } else {
            backend.copy(dSum, dX);
          }
        });
  }
}
