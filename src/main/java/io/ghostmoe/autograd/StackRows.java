package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import java.util.List;

/** A matrix whose rows are parameters of their own, so that one more can join them. */
public final class StackRows {
  private StackRows() {}

  /** Shapes: A rows [C]; returns [A,C]. */
  public static Variable apply(Tape tape, List<Parameter> rows) {
    Backend backend = tape.backend();
    Variable matrix = tape.variable(rows.size(), rows.getFirst().value().dim(0));
    backend.stackRows(rows.stream().map(Parameter::value).toList(), matrix.value());
    tape.record(
        matrix,
        () ->
            backend.unstackRows(
                Tape.gradientOf(matrix), rows.stream().map(Parameter::requireGradient).toList()));
    return matrix;
  }
}
