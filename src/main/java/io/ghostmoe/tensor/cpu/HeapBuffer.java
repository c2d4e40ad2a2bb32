package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Buffer;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;

/**
 * Memory of the vector backend: Java arrays. Vector kernels on memory segments compiled to
 * something 85 times slower in half of the JVM launches; on heap arrays they never did.
 */
sealed interface HeapBuffer extends Buffer {

  /** Elements of an F32 tensor. */
  record Floats(float[] values) implements HeapBuffer {
    @Override
    public long bytes() {
      return 4L * values.length;
    }
  }

  /** Elements of an I32 tensor. */
  record Ints(int[] values) implements HeapBuffer {
    @Override
    public long bytes() {
      return 4L * values.length;
    }
  }

  /** A fresh tensor, zeroed by the JVM. */
  static Tensor allocate(DType type, io.ghostmoe.tensor.Shape shape) {
    return switch (type) {
      case F32 -> new Tensor(shape, type, new Floats(new float[shape.elements()]));
      case I32 -> new Tensor(shape, type, new Ints(new int[shape.elements()]));
      case BF16 -> throw new IllegalArgumentException("the CPU backends compute in F32, not BF16");
    };
  }

  /** The array behind a float tensor of this backend. */
  static float[] floats(Tensor tensor) {
    if (tensor.buffer() instanceof Floats floats) {
      return floats.values();
    }
    throw foreign(tensor);
  }

  /** The array behind an integer tensor of this backend. */
  static int[] ints(Tensor tensor) {
    if (tensor.buffer() instanceof Ints ints) {
      return ints.values();
    }
    throw foreign(tensor);
  }

  private static IllegalArgumentException foreign(Tensor tensor) {
    return new IllegalArgumentException(
        "tensor %s %s does not belong to the vector backend (its buffer is a %s)"
            .formatted(tensor.type(), tensor.shape(), tensor.buffer().getClass().getSimpleName()));
  }
}
