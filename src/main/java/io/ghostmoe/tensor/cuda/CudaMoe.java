package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import java.util.List;

/**
 * Each expert's dense layer on its own rows. How many rows an expert has is known to the device
 * alone: a grid has as many tiles as the worst routing needs.
 */
final class CudaMoe {
  private static final int THREADS = 256;
  private static final int LARGE = 128;

  private final CudaContext cuda;
  private final GroupedMatmulKernels kernels;

  CudaMoe(CudaContext cuda) {
    this.cuda = cuda;
    kernels = new GroupedMatmulKernels(cuda);
  }

  /** The edge of tiles for {@code rows} rows of all experts together and so many columns. */
  private static int tile(int rows, int columns) {
    return CudaMatmul.tile((long) Math.ceilDiv(rows, LARGE) * Math.ceilDiv(columns, LARGE));
  }

  /** Tiles of rows: every expert may have one that is not full. */
  private static Grid grid(int columns, int rows, int experts, int tile) {
    return Grid.of(Math.ceilDiv(columns, tile), Math.ceilDiv(rows, tile) + experts, 1, THREADS);
  }

  void groupedLinear(
      Tensor x, Tensor offsets, List<Tensor> weights, List<Tensor> biases, Tensor out) {
    int rows = x.dim(0);
    int inputs = x.dim(1);
    int outputs = out.dim(1);
    int experts = weights.size();
    int tile = tile(rows, outputs);
    Grid grid = grid(outputs, rows, experts, tile);
    DevicePointer source = DevicePointer.of(x);
    DevicePointer bounds = DevicePointer.of(offsets);
    DevicePointer w = cuda.table(weights);
    DevicePointer b = cuda.table(biases);
    DevicePointer target = DevicePointer.of(out);
    DevicePointer error = cuda.error("groupedLinear");
    if (tile == LARGE) {
      kernels.groupedForward128F32(
          grid, source, bounds, w, b, target, experts, rows, inputs, outputs, error);
    } else {
      kernels.groupedForward64F32(
          grid, source, bounds, w, b, target, experts, rows, inputs, outputs, error);
    }
  }

  void groupedLinearBackwardInput(Tensor dOut, Tensor offsets, List<Tensor> weights, Tensor dX) {
    int rows = dX.dim(0);
    int inputs = dX.dim(1);
    int outputs = dOut.dim(1);
    int experts = weights.size();
    int tile = tile(rows, inputs);
    Grid grid = grid(inputs, rows, experts, tile);
    DevicePointer above = DevicePointer.of(dOut);
    DevicePointer bounds = DevicePointer.of(offsets);
    DevicePointer w = cuda.table(weights);
    DevicePointer target = DevicePointer.of(dX);
    DevicePointer error = cuda.error("groupedLinearBackwardInput");
    if (tile == LARGE) {
      kernels.groupedInput128F32(
          grid, above, bounds, w, target, experts, rows, inputs, outputs, error);
    } else {
      kernels.groupedInput64F32(
          grid, above, bounds, w, target, experts, rows, inputs, outputs, error);
    }
  }

  void groupedLinearBackwardParameters(
      Tensor x, Tensor dOut, Tensor offsets, List<Tensor> dWeights, List<Tensor> dBiases) {
    int rows = x.dim(0);
    int inputs = x.dim(1);
    int outputs = dOut.dim(1);
    int experts = dWeights.size();
    int tile =
        CudaMatmul.tile(
            (long) experts * Math.ceilDiv(inputs, LARGE) * Math.ceilDiv(outputs, LARGE));
    Grid grid = Grid.of(Math.ceilDiv(inputs, tile), Math.ceilDiv(outputs, tile), experts, THREADS);
    DevicePointer source = DevicePointer.of(x);
    DevicePointer above = DevicePointer.of(dOut);
    DevicePointer bounds = DevicePointer.of(offsets);
    DevicePointer w = cuda.table(dWeights);
    DevicePointer error = cuda.error("groupedLinearBackwardParameters");
    if (tile == LARGE) {
      kernels.groupedWeight128F32(grid, source, above, bounds, w, rows, inputs, outputs, error);
    } else {
      kernels.groupedWeight64F32(grid, source, above, bounds, w, rows, inputs, outputs, error);
    }
    kernels.groupedBiasF32(
        Grid.of(Math.ceilDiv(outputs, 32), experts, 1, THREADS).tile(32, 8),
        above,
        bounds,
        cuda.table(dBiases),
        rows,
        outputs,
        error);
  }
}
