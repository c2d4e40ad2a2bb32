package io.ghostmoe.autograd;

/** Inverted dropout with a mask that is a function of its key alone. Source: Srivastava 2014. */
public final class Dropout {
  private Dropout() {}

  /**
   * Any shape; returns the same. A rate of 0, and a tape of no training, give x itself.
   *
   * @param rate probability of dropping, in [0, 1)
   * @param key of the mask; the backward pass draws it again instead of keeping it
   */
  public static Variable apply(Tape tape, Variable x, float rate, long key) {
    if (rate == 0 || !tape.training()) {
      return x;
    }
    Variable y = tape.variable(x.value().shape().toArray());
    tape.backend().dropout(x.value(), rate, key, y.value());
    tape.record(
        y,
        () ->
            tape.contributeAssigned(
                x, dX -> tape.backend().dropout(Tape.gradientOf(y), rate, key, dX)));
    return y;
  }
}
