package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Buffer;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.Arrays;

/** Memory of the {@link ScalarBackend}: integers as they are, floats as {@link Storage} says. */
sealed interface ScalarBuffer extends Buffer {
  /** How floats are kept; every sum is taken in double either way. */
  enum Storage {
    FLOAT32,
    FLOAT64
  }

  /** New memory, filled with NaN or the least integer so that nobody comes to rely on zeros. */
  static ScalarBuffer allocate(DType type, int elements, Storage storage) {
    return switch (type) {
      case F32 ->
          switch (storage) {
            case FLOAT32 -> new Floats(elements);
            case FLOAT64 -> new Doubles(elements);
          };
      case I32 -> new Ints(elements);
      case BF16 ->
          throw new IllegalArgumentException("the scalar backend has no BF16; allocate F32");
    };
  }

  /** The floats of a tensor that this backend made. */
  static Reals reals(Tensor tensor) {
    if (tensor.buffer() instanceof Reals reals) {
      return reals;
    }
    throw foreign(tensor);
  }

  /** The integers of a tensor that this backend made. */
  static int[] ints(Tensor tensor) {
    if (tensor.buffer() instanceof Ints ints) {
      return ints.values;
    }
    throw foreign(tensor);
  }

  private static IllegalArgumentException foreign(Tensor tensor) {
    return new IllegalArgumentException(
        "tensor %s %s belongs to another backend: its memory is a %s"
            .formatted(tensor.shape(), tensor.type(), tensor.buffer().getClass().getSimpleName()));
  }

  /** Floats, computed with as doubles. */
  sealed interface Reals extends ScalarBuffer {
    /** Element {@code i}. */
    double get(int i);

    /** Element {@code i} becomes {@code value}, rounded to what is stored. */
    void set(int i, double value);

    /** Element {@code i} grows by {@code value}. */
    default void add(int i, double value) {
      set(i, get(i) + value);
    }
  }

  /** Single precision. */
  final class Floats implements Reals {
    private final float[] values;

    private Floats(int elements) {
      values = new float[elements];
      Arrays.fill(values, Float.NaN);
    }

    @Override
    public double get(int i) {
      return values[i];
    }

    @Override
    public void set(int i, double value) {
      values[i] = (float) value;
    }

    @Override
    public long bytes() {
      return (long) values.length * DType.F32.bytes();
    }
  }

  /** Double precision. */
  final class Doubles implements Reals {
    private final double[] values;

    private Doubles(int elements) {
      values = new double[elements];
      Arrays.fill(values, Double.NaN);
    }

    @Override
    public double get(int i) {
      return values[i];
    }

    @Override
    public void set(int i, double value) {
      values[i] = value;
    }

    @Override
    public long bytes() {
      return (long) values.length * DType.F32.bytes();
    }
  }

  /** Integers. */
  final class Ints implements ScalarBuffer {
    private final int[] values;

    private Ints(int elements) {
      values = new int[elements];
      Arrays.fill(values, Integer.MIN_VALUE);
    }

    @Override
    public long bytes() {
      return (long) values.length * DType.I32.bytes();
    }
  }
}
