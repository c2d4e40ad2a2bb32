package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;

/** Operations that see one element at a time. */
final class CudaElementwise {
  private static final int THREADS = 256;

  /** A thread has four elements; beyond this many blocks it has more. */
  private static final int MOST_BLOCKS = 2048;

  private final CudaContext cuda;
  private final FillKernels fill;
  private final AddKernels add;
  private final DropoutKernels dropout;
  private final GeluKernels gelu;

  CudaElementwise(CudaContext cuda) {
    this.cuda = cuda;
    fill = new FillKernels(cuda);
    add = new AddKernels(cuda);
    dropout = new DropoutKernels(cuda);
    gelu = new GeluKernels(cuda);
  }

  /** The grid of a kernel that strides over {@code n} elements. */
  static Grid striding(long n) {
    return Grid.of((int) Math.min(MOST_BLOCKS, Math.ceilDiv(n, 4L * THREADS)), THREADS);
  }

  void fill(Tensor out, float value) {
    fill.fillF32(striding(out.elements()), DevicePointer.of(out), out.elements(), value);
  }

  void copy(Tensor x, Tensor out) {
    cuda.copy(DevicePointer.of(x), DevicePointer.of(out), out.buffer().bytes());
  }

  void add(Tensor a, Tensor b, Tensor out) {
    add.addF32(
        striding(out.elements()),
        DevicePointer.of(a),
        DevicePointer.of(b),
        DevicePointer.of(out),
        out.elements());
  }

  void dropout(Tensor x, float rate, long key, Tensor out) {
    dropout.dropoutF32(
        striding(out.elements()),
        DevicePointer.of(x),
        DevicePointer.of(out),
        out.elements(),
        key,
        rate,
        (float) (1 / (1 - (double) rate)));
  }

  void gelu(Tensor x, Tensor out) {
    gelu.geluForwardF32(
        striding(out.elements()), DevicePointer.of(x), DevicePointer.of(out), out.elements());
  }

  void geluBackward(Tensor x, Tensor dOut, Tensor dX) {
    gelu.geluBackwardF32(
        striding(dX.elements()),
        DevicePointer.of(x),
        DevicePointer.of(dOut),
        DevicePointer.of(dX),
        dX.elements());
  }
}
