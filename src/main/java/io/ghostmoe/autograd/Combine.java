package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;

/** Brings the experts' rows back to their tokens, weighted by the gates. */
public final class Combine {
  private Combine() {}

  /** Shapes: y [S,C], gates [N,K]; returns [N,C], 0 for padding. */
  public static Variable apply(Tape tape, Variable y, Variable gates, ExpertOrder order) {
    Variable out = tape.variable(gates.value().dim(0), y.value().dim(1));
    tape.backend().combine(y.value(), gates.value(), order.rowOfSlot(), out.value());
    tape.record(out, () -> backward(tape, y, gates, order, out));
    return out;
  }

  /** Both gradients come from one pass over the rows. */
  private static void backward(
      Tape tape, Variable y, Variable gates, ExpertOrder order, Variable out) {
    Backend backend = tape.backend();
    Tensor dGates = tape.take(DType.F32, gates.value().shape().toArray());
    tape.contributeAssigned(
        y,
        dY ->
            backend.combineBackward(
                y.value(), gates.value(), order.rowOfSlot(), Tape.gradientOf(out), dY, dGates));
    tape.contributeAssigned(gates, target -> backend.copy(dGates, target));
    tape.give(dGates);
  }
}
