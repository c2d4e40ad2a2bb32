package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import java.util.List;

/**
 * Each expert's dense layer on its own rows. How many rows an expert has is known to the device
 * alone: a grid has as many tiles as the worst routing needs.
 */
final class CudaMoe {
  private static final int THREADS = 256;

  /** Forward, by pointers: x, offsets, weights, biases, out, error. */
  @FunctionalInterface
  private interface Forward {
    void launch(
        Grid grid,
        DevicePointer x,
        DevicePointer offsets,
        DevicePointer weights,
        DevicePointer biases,
        DevicePointer out,
        int experts,
        int rows,
        int inputs,
        int outputs,
        DevicePointer error);
  }

  /** The gradient of the input. */
  @FunctionalInterface
  private interface Input {
    void launch(
        Grid grid,
        DevicePointer dOut,
        DevicePointer offsets,
        DevicePointer weights,
        DevicePointer dX,
        int experts,
        int rows,
        int inputs,
        int outputs,
        DevicePointer error);
  }

  /** The gradient of the weights. */
  @FunctionalInterface
  private interface Weight {
    void launch(
        Grid grid,
        DevicePointer x,
        DevicePointer dOut,
        DevicePointer offsets,
        DevicePointer dWeights,
        int rows,
        int inputs,
        int outputs,
        DevicePointer error);
  }

  /** The kernels of one size of tiles. */
  private record Tiles(int edge, Forward forward, Input input, Weight weight) {
    /** Blocks for all rows: every expert may have a tile that is not full. */
    Grid rows(int columns, int rows, int experts) {
      int down = Math.ceilDiv(rows, edge) + experts;
      return Grid.of(Math.ceilDiv(columns, edge), down, 1, THREADS);
    }
  }

  private final CudaContext cuda;
  private final GroupedMatmulKernels kernels;
  private final Tiles large;
  private final Tiles small;
  private final Tiles rounded;

  CudaMoe(CudaContext cuda) {
    this.cuda = cuda;
    GroupedMatmulKernels f32 = new GroupedMatmulKernels(cuda);
    GroupedMatmulBf16Kernels bf16 = new GroupedMatmulBf16Kernels(cuda);
    kernels = f32;
    large =
        new Tiles(
            CudaMatmul.LARGE,
            f32::groupedForward128F32,
            f32::groupedInput128F32,
            f32::groupedWeight128F32);
    small =
        new Tiles(
            CudaMatmul.LARGE / 2,
            f32::groupedForward64F32,
            f32::groupedInput64F32,
            f32::groupedWeight64F32);
    rounded =
        new Tiles(
            CudaMatmul.LARGE,
            bf16::groupedForwardBf16,
            bf16::groupedInputBf16,
            bf16::groupedWeightBf16);
  }

  /** Tiles for a product of m rows and n columns over k, made for {@code times} experts. */
  private Tiles tiles(int times, int m, int n, int k) {
    if (cuda.precision().rounds(m, n, k)) {
      return rounded;
    }
    int edge = CudaMatmul.LARGE;
    long tiles = (long) times * Math.ceilDiv(m, edge) * Math.ceilDiv(n, edge);
    return CudaMatmul.isEnough(tiles) ? large : small;
  }

  void groupedLinear(
      Tensor x, Tensor offsets, List<Tensor> weights, List<Tensor> biases, Tensor out) {
    int rows = x.dim(0);
    int inputs = x.dim(1);
    int outputs = out.dim(1);
    int experts = weights.size();
    Tiles tiles = tiles(1, rows, outputs, inputs);
    tiles.forward.launch(
        tiles.rows(outputs, rows, experts),
        DevicePointer.of(x),
        DevicePointer.of(offsets),
        cuda.table(weights),
        cuda.table(biases),
        DevicePointer.of(out),
        experts,
        rows,
        inputs,
        outputs,
        cuda.error("groupedLinear"));
  }

  void groupedLinearBackwardInput(Tensor dOut, Tensor offsets, List<Tensor> weights, Tensor dX) {
    int rows = dX.dim(0);
    int inputs = dX.dim(1);
    int outputs = dOut.dim(1);
    int experts = weights.size();
    Tiles tiles = tiles(1, rows, inputs, outputs);
    tiles.input.launch(
        tiles.rows(inputs, rows, experts),
        DevicePointer.of(dOut),
        DevicePointer.of(offsets),
        cuda.table(weights),
        DevicePointer.of(dX),
        experts,
        rows,
        inputs,
        outputs,
        cuda.error("groupedLinearBackwardInput"));
  }

  void groupedLinearBackwardParameters(
      Tensor x, Tensor dOut, Tensor offsets, List<Tensor> dWeights, List<Tensor> dBiases) {
    int rows = x.dim(0);
    int inputs = x.dim(1);
    int outputs = dOut.dim(1);
    int experts = dWeights.size();
    Tiles tiles = tiles(experts, outputs, inputs, rows);
    int across = Math.ceilDiv(inputs, tiles.edge);
    DevicePointer above = DevicePointer.of(dOut);
    DevicePointer bounds = DevicePointer.of(offsets);
    DevicePointer error = cuda.error("groupedLinearBackwardParameters");
    tiles.weight.launch(
        Grid.of(across, Math.ceilDiv(outputs, tiles.edge), experts, THREADS),
        DevicePointer.of(x),
        above,
        bounds,
        cuda.table(dWeights),
        rows,
        inputs,
        outputs,
        error);
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
