package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;

/** Copies each token's row to the experts that it was routed to. */
public final class Dispatch {
  private Dispatch() {}

  /** Shapes: x [N,C], order for S slots; returns [S,C], rows sorted by expert. */
  public static Variable apply(Tape tape, Variable x, ExpertOrder order) {
    Backend backend = tape.backend();
    Tensor slotOfRow = order.slotOfRow();
    Variable rows = tape.variable(slotOfRow.dim(0), x.value().dim(1));
    backend.dispatch(x.value(), order.offsets(), slotOfRow, rows.value());
    tape.record(
        rows,
        () ->
            tape.contribute(
                x,
                (accumulate, dX) ->
                    backend.dispatchBackward(
                        Tape.gradientOf(rows), order.rowOfSlot(), accumulate, dX)));
    return rows;
  }
}
