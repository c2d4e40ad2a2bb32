package io.ghostmoe.tensor;

import java.util.Arrays;

/**
 * Tensors of one backend, from arrays and to arrays.
 *
 * @param backend where the tensors live
 */
public record Host(Backend backend) {
  /** A tensor of these values. */
  public Tensor floats(float[] values, int... dims) {
    Tensor tensor = backend.allocate(DType.F32, dims);
    backend.write(values, tensor);
    return tensor;
  }

  /** A tensor of these integers. */
  public Tensor ints(int[] values, int... dims) {
    Tensor tensor = backend.allocate(DType.I32, dims);
    backend.write(values, tensor);
    return tensor;
  }

  /** An output that holds NaN. */
  public Tensor output(int... dims) {
    return filled(Float.NaN, dims);
  }

  /** One value everywhere. */
  public Tensor filled(float value, int... dims) {
    float[] values = new float[Shape.of(dims).elements()];
    Arrays.fill(values, value);
    return floats(values, dims);
  }

  /** An output of integers. */
  public Tensor intOutput(int... dims) {
    return ints(new int[Shape.of(dims).elements()], dims);
  }

  /** What a tensor holds. */
  public float[] read(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  /** What a tensor of integers holds. */
  public int[] readInts(Tensor tensor) {
    int[] values = new int[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  /** Whether all are 0 of either sign. */
  public static boolean allZero(float... values) {
    for (float value : values) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }
}
