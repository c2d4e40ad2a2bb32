package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;

/**
 * Selection of k experts a token, and their gates: differentiable in the gates, constant in the
 * selection.
 *
 * @param experts I32 [N,K]
 * @param gates [N,K]
 */
public record TopK(Tensor experts, Variable gates) {

  /**
   * Shapes: scores [N,A]; bias [A], which steers the selection only; families I32 [A], which share
   * a slot at most; activations [A], by which the gate of a single expert weighs the others.
   */
  public static TopK apply(
      Tape tape, Variable scores, Tensor bias, Tensor families, Tensor activations, int k) {
    Backend backend = tape.backend();
    int n = scores.value().dim(0);
    Tensor experts = tape.take(DType.I32, n, k);
    Variable gates = tape.variable(n, k);
    backend.topK(scores.value(), bias, families, activations, experts, gates.value());
    tape.record(
        gates,
        () ->
            tape.contributeAssigned(
                scores,
                dScores ->
                    backend.topKBackward(
                        scores.value(),
                        activations,
                        experts,
                        gates.value(),
                        Tape.gradientOf(gates),
                        dScores)));
    return new TopK(experts, gates);
  }
}
