package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;

/** Layer normalisation. */
final class CudaLayerNorm {
  private static final int ROWS_PER_BLOCK = 8;

  private final CudaContext cuda;
  private final LayernormKernels kernels;
  private final CudaColumnSums columnSums;

  CudaLayerNorm(CudaContext cuda, CudaColumnSums columnSums) {
    this.cuda = cuda;
    this.columnSums = columnSums;
    kernels = new LayernormKernels(cuda);
  }

  private static Grid warpPerRow(int rows) {
    return Grid.of(Math.ceilDiv(rows, ROWS_PER_BLOCK), 32 * ROWS_PER_BLOCK);
  }

  void layerNorm(
      Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor out, Tensor mean, Tensor rstd) {
    kernels.layernormForwardF32(
        warpPerRow(x.dim(0)),
        DevicePointer.of(x),
        DevicePointer.of(gain),
        DevicePointer.of(bias),
        epsilon,
        DevicePointer.of(out),
        DevicePointer.of(mean),
        DevicePointer.of(rstd),
        x.dim(0),
        x.dim(1));
  }

  void layerNormBackward(
      Tensor x,
      Tensor gain,
      Tensor mean,
      Tensor rstd,
      Tensor dOut,
      boolean accumulate,
      Tensor dX,
      Tensor dGain,
      Tensor dBias) {
    int rows = x.dim(0);
    int width = x.dim(1);
    Grid grid = CudaColumnSums.grid(rows, width);
    long half = 4L * grid.y() * width;
    try (CudaBuffer partials = cuda.scratch(2 * half)) {
      kernels.layernormBackwardParametersF32(
          grid,
          DevicePointer.of(x),
          DevicePointer.of(mean),
          DevicePointer.of(rstd),
          DevicePointer.of(dOut),
          partials.pointer(),
          rows,
          width,
          CudaColumnSums.rowsPerBlock(rows));
      DevicePointer biases = partials.pointer().plus(half);
      columnSums.addPartials(partials.pointer(), grid.y(), width, DevicePointer.of(dGain));
      columnSums.addPartials(biases, grid.y(), width, DevicePointer.of(dBias));
    }
    kernels.layernormBackwardInputF32(
        warpPerRow(rows),
        DevicePointer.of(x),
        DevicePointer.of(gain),
        DevicePointer.of(mean),
        DevicePointer.of(rstd),
        DevicePointer.of(dOut),
        DevicePointer.of(dX),
        rows,
        width,
        accumulate ? 1 : 0);
  }
}
