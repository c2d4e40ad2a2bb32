package io.ghostmoe.tensor;

/** What the checks of operands have in common, with messages that name the operand. */
final class ShapeChecks {
  private ShapeChecks() {}

  /** A tensor of floats, of any shape. */
  static void floats(String name, Tensor tensor) {
    if (tensor.type() != DType.F32) {
      throw new ShapeMismatchException(
          "%s is %s %s, should be F32".formatted(name, tensor.type(), tensor.shape()));
    }
  }

  /** The same shape and type as {@code model}. */
  static void same(String name, Tensor tensor, Tensor model) {
    if (tensor.type() != model.type() || !tensor.shape().equals(model.shape())) {
      throw new ShapeMismatchException(
          "%s is %s %s, should be %s %s"
              .formatted(name, tensor.type(), tensor.shape(), model.type(), model.shape()));
    }
  }
}
