package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;

/** Layer normalisation over the innermost extent. Source: Ba, Kiros, Hinton 2016. */
public final class LayerNorm {
  /** Added to the variance, as in GPT-2. */
  private static final float EPSILON = 1e-5f;

  private LayerNorm() {}

  /** Shapes: x [N,C], gain and bias [C]; returns [N,C]. */
  public static Variable apply(Tape tape, Variable x, Parameter gain, Parameter bias) {
    Backend backend = tape.backend();
    int n = x.value().dim(0);
    Variable y = tape.variable(n, x.value().dim(1));
    Tensor mean = tape.take(DType.F32, n);
    Tensor rstd = tape.take(DType.F32, n);
    backend.layerNorm(x.value(), gain.value(), bias.value(), EPSILON, y.value(), mean, rstd);
    tape.record(
        y,
        () ->
            tape.contribute(
                x,
                (accumulate, dX) ->
                    backend.layerNormBackward(
                        x.value(),
                        gain.value(),
                        mean,
                        rstd,
                        Tape.gradientOf(y),
                        accumulate,
                        dX,
                        gain.requireGradient(),
                        bias.requireGradient())));
    return y;
  }
}
