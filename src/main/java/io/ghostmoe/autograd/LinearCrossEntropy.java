package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;

/**
 * The head and its loss in one operation, so that the logits [N,V] never exist. It is the root of
 * the graph: since the backward pass needs every probability of the forward one, gradients are
 * taken at once, for a loss of {@code scale·Σ losses}.
 */
public final class LinearCrossEntropy {
  private LinearCrossEntropy() {}

  /**
   * Shapes: x [N,C], weight [V,C], bias [V], targets I32 [N]; returns the losses [N] in nats, 0
   * where the target is −1.
   *
   * @param scale usually 1 / number of targets of the whole optimizer step
   */
  public static Tensor apply(
      Tape tape, Variable x, Parameter weight, Parameter bias, Tensor targets, float scale) {
    Backend backend = tape.backend();
    Tensor losses = tape.take(DType.F32, x.value().dim(0));
    if (tape.recording()) {
      tape.contributeAssigned(
          x,
          dX ->
              backend.linearCrossEntropyGradients(
                  x.value(),
                  weight.value(),
                  bias.value(),
                  targets,
                  scale,
                  losses,
                  dX,
                  weight.requireGradient(),
                  bias.requireGradient()));
    } else {
      backend.linearCrossEntropy(x.value(), weight.value(), bias.value(), targets, losses);
    }
    return losses;
  }
}
