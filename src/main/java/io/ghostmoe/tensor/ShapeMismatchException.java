package io.ghostmoe.tensor;

/** An operation was handed a tensor of another shape or type than it is defined for. */
public final class ShapeMismatchException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** The message names the operand, what it is and what it should be. */
  public ShapeMismatchException(String message) {
    super(message);
  }
}
