package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import java.util.List;

/** The dense layers of all awake experts, each on its own rows. Source: Gale et al. 2022. */
public final class GroupedLinear {
  private GroupedLinear() {}

  /** Shapes: x [S,I] sorted by expert, A weights [O,I], A biases [O]; returns [S,O]. */
  public static Variable apply(
      Tape tape, Variable x, Tensor offsets, List<Parameter> weights, List<Parameter> biases) {
    Backend backend = tape.backend();
    Variable y = tape.variable(x.value().dim(0), weights.getFirst().value().dim(0));
    backend.groupedLinear(x.value(), offsets, values(weights), values(biases), y.value());
    tape.record(y, () -> backward(tape, x, offsets, weights, biases, y));
    return y;
  }

  private static void backward(
      Tape tape,
      Variable x,
      Tensor offsets,
      List<Parameter> weights,
      List<Parameter> biases,
      Variable y) {
    Backend backend = tape.backend();
    Tensor dY = Tape.gradientOf(y);
    backend.groupedLinearBackwardParameters(
        x.value(), dY, offsets, gradients(weights), gradients(biases));
    tape.contributeAssigned(
        x, dX -> backend.groupedLinearBackwardInput(dY, offsets, values(weights), dX));
  }

  private static List<Tensor> values(List<Parameter> parameters) {
    return parameters.stream().map(Parameter::value).toList();
  }

  private static List<Tensor> gradients(List<Parameter> parameters) {
    return parameters.stream().map(Parameter::requireGradient).toList();
  }
}
