package io.ghostmoe.tensor;

/**
 * A shape, a type and the memory that a backend gave for it. Row-major and contiguous. Operations
 * live in {@link Backend} and, where they are differentiable, in {@code autograd}.
 *
 * @param shape extents, outermost first
 * @param type what an element is
 * @param buffer memory of exactly {@code shape.elements()} elements, owned by one backend
 */
public record Tensor(Shape shape, DType type, Buffer buffer) {
  /** Refuses a buffer that does not fit the shape exactly. */
  public Tensor {
    if (buffer.bytes() != (long) shape.elements() * type.bytes()) {
      throw new ShapeMismatchException(
          "tensor " + shape + " " + type + ": its buffer holds " + buffer.bytes() + " bytes");
    }
  }

  /** The same memory seen with other extents; the number of elements must be the same. */
  public Tensor reshape(int... dims) {
    return new Tensor(Shape.of(dims), type, buffer);
  }

  /** Extent {@code axis}; a negative axis counts from the end. */
  public int dim(int axis) {
    return shape.dim(axis);
  }

  /** The number of elements. */
  public int elements() {
    return shape.elements();
  }

  /**
   * Checks that this is a float tensor of the given extents; −1 accepts any extent.
   *
   * @param name what the operation calls this operand, for the message
   * @throws ShapeMismatchException naming the operand, its shape and the wanted one
   */
  public Tensor requireShape(String name, int... dims) {
    return require(name, DType.F32, dims);
  }

  /** As {@link #requireShape}, for a tensor of integers. */
  public Tensor requireInts(String name, int... dims) {
    return require(name, DType.I32, dims);
  }

  private Tensor require(String name, DType wanted, int... dims) {
    boolean same = type == wanted && shape.rank() == dims.length;
    for (int i = 0; same && i < dims.length; i++) {
      same = dims[i] == -1 || dims[i] == shape.dim(i);
    }
    if (!same) {
      throw new ShapeMismatchException(
          "%s is %s %s, should be %s %s".formatted(name, type, shape, wanted, wantedText(dims)));
    }
    return this;
  }

  private static String wantedText(int[] dims) {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < dims.length; i++) {
      text.append(i == 0 ? "" : ", ").append(dims[i] == -1 ? "any" : Integer.toString(dims[i]));
    }
    return text.append(']').toString();
  }
}
