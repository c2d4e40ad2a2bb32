package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An activation: a float tensor that an operation on a {@link Tape} made, and, during the backward
 * pass, the gradient of the loss with respect to it.
 */
public final class Variable {
  private final Tensor value;
  private @Nullable Tensor gradient;

  Variable(Tensor value) {
    this.value = value;
  }

  /** What the operation computed. */
  public Tensor value() {
    return value;
  }

  /** The sum of the gradients contributed so far; null before the first. */
  public @Nullable Tensor gradient() {
    return gradient;
  }

  /** The other's gradient is this one's, which has none from here on: memory changes hands. */
  void passGradientTo(Variable other) {
    other.gradient = gradient;
    gradient = null;
  }

  void gradient(@Nullable Tensor gradient) {
    this.gradient = gradient;
  }
}
