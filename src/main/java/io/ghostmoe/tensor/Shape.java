package io.ghostmoe.tensor;

import java.util.Arrays;

/**
 * The extents of a tensor, outermost first. Immutable.
 *
 * <p>A tensor lives in one array, so the number of elements is limited to 2^31 − 1; it is checked
 * here, once, so that no kernel has to think about an overflowing index.
 */
public final class Shape {
  private final int[] dims;
  private final int elements;

  private Shape(int[] dims) {
    long product = 1;
    for (int dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("shape " + text(dims) + ": extent " + dim + " < 0");
      }
      product = Math.multiplyExact(product, (long) dim);
      if (product > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "shape " + text(dims) + " has more than 2147483647 elements, the limit of one array");
      }
    }
    this.dims = dims;
    this.elements = (int) product;
  }

  /** The shape with the given extents; {@code of()} is a scalar of one element. */
  public static Shape of(int... dims) {
    return new Shape(dims.clone());
  }

  /** The number of extents. */
  public int rank() {
    return dims.length;
  }

  /** Extent {@code axis}; a negative axis counts from the end, so −1 is the innermost. */
  public int dim(int axis) {
    return dims[axis < 0 ? dims.length + axis : axis];
  }

  /** The number of elements: the product of the extents. */
  public int elements() {
    return elements;
  }

  /** The product of all extents but the innermost: how many rows a row-wise operation sees. */
  public int rows() {
    return dims.length == 0 ? 1 : dim(-1) == 0 ? 0 : elements / dim(-1);
  }

  /** The extents, as a fresh array. */
  public int[] toArray() {
    return dims.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** The extents in brackets, for example {@code [1024, 512]}. */
  @Override
  public String toString() {
    return text(dims);
  }

  private static String text(int[] dims) {
    return Arrays.toString(dims);
  }
}
