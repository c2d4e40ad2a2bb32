package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cuda.CudaMatmul.Matrix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Each expert's dense layer on its own rows. How many rows an expert has is known to the device
 * alone: a grid has as many tiles as the worst routing needs. That is why cuBLAS has no part in it:
 * its grouped products take their sizes from the host, which would have to wait for them.
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

  /**
   * The kernels of one size of tiles.
   *
   * @param edge of a tile, and threads of a block
   * @param sharedBytes of a block, where they are given at the launch
   */
  private record Tiles(int edge, int sharedBytes, Forward forward, Input input, Weight weight) {
    /** Blocks for all rows: every expert may have a tile that is not full. */
    Grid rows(int columns, int rows, int experts) {
      return grid(columns, Math.ceilDiv(rows, edge) + experts, 1);
    }

    /** Blocks for a matrix of each expert. */
    Grid matrices(int columns, int rows, int experts) {
      return grid(columns, Math.ceilDiv(rows, edge), experts);
    }

    private Grid grid(int columns, int down, int experts) {
      return Grid.of(Math.ceilDiv(columns, edge), down, experts, edge).shared(sharedBytes);
    }
  }

  private final CudaContext cuda;
  private final GroupedMatmulKernels kernels;
  private final Tiles large;
  private final Tiles small;
  private final Tiles rounded;
  private final CudaRounding rounding;

  CudaMoe(CudaContext cuda, CudaRounding rounding) {
    this.cuda = cuda;
    this.rounding = rounding;
    GroupedMatmulKernels f32 = new GroupedMatmulKernels(cuda);
    GroupedMatmulBf16Kernels bf16 = new GroupedMatmulBf16Kernels(cuda);
    kernels = f32;
    large =
        new Tiles(
            TiledMatmul.LARGE,
            0,
            f32::groupedForward128F32,
            f32::groupedInput128F32,
            f32::groupedWeight128F32);
    small =
        new Tiles(
            TiledMatmul.LARGE / 2,
            0,
            f32::groupedForward64F32,
            f32::groupedInput64F32,
            f32::groupedWeight64F32);
    rounded =
        new Tiles(
            TiledMatmul.LARGE,
            TiledMatmul.ROUNDED_BYTES,
            bf16::groupedForwardBf16,
            bf16::groupedInputBf16,
            bf16::groupedWeightBf16);
  }

  /** A matrix as the kernels of some tiles want it: rounded, and then in memory to be closed. */
  private @Nullable CudaBuffer copy(Tiles tiles, Tensor x) {
    return tiles.equals(rounded) ? rounding.round(Matrix.of(x), x.dim(0), x.dim(1)) : null;
  }

  private @Nullable CudaBuffer copy(Tiles tiles, List<Tensor> weights) {
    return tiles.equals(rounded) ? rounding.round(weights) : null;
  }

  private static DevicePointer pointer(@Nullable CudaBuffer copy, Tensor x) {
    return copy == null ? DevicePointer.of(x) : copy.pointer();
  }

  private DevicePointer pointer(@Nullable CudaBuffer copy, List<Tensor> weights) {
    return copy == null ? cuda.table(weights) : copy.pointer();
  }

  /** Tiles for a product of m rows and n columns over k, made for {@code times} experts. */
  private Tiles tiles(int times, int m, int n, int k) {
    if (cuda.precision().rounds(m, n, k)) {
      return rounded;
    }
    int edge = TiledMatmul.LARGE;
    long tiles = (long) times * Math.ceilDiv(m, edge) * Math.ceilDiv(n, edge);
    return TiledMatmul.isEnough(tiles) ? large : small;
  }

  void groupedLinear(
      Tensor x, Tensor offsets, List<Tensor> weights, List<Tensor> biases, Tensor out) {
    int rows = x.dim(0);
    int inputs = x.dim(1);
    int outputs = out.dim(1);
    int experts = weights.size();
    Tiles tiles = tiles(1, rows, outputs, inputs);
    try (CudaBuffer rows16 = copy(tiles, x);
        CudaBuffer weights16 = copy(tiles, weights)) {
      tiles.forward.launch(
          tiles.rows(outputs, rows, experts),
          pointer(rows16, x),
          DevicePointer.of(offsets),
          pointer(weights16, weights),
          cuda.table(biases),
          DevicePointer.of(out),
          experts,
          rows,
          inputs,
          outputs,
          cuda.error("groupedLinear"));
    }
  }

  void groupedLinearBackwardInput(Tensor dOut, Tensor offsets, List<Tensor> weights, Tensor dX) {
    int rows = dX.dim(0);
    int inputs = dX.dim(1);
    int outputs = dOut.dim(1);
    int experts = weights.size();
    Tiles tiles = tiles(1, rows, inputs, outputs);
    try (CudaBuffer rows16 = copy(tiles, dOut);
        CudaBuffer weights16 = copy(tiles, weights)) {
      tiles.input.launch(
          tiles.rows(inputs, rows, experts),
          pointer(rows16, dOut),
          DevicePointer.of(offsets),
          pointer(weights16, weights),
          DevicePointer.of(dX),
          experts,
          rows,
          inputs,
          outputs,
          cuda.error("groupedLinearBackwardInput"));
    }
  }

  void groupedLinearBackwardParameters(
      Tensor x, Tensor dOut, Tensor offsets, List<Tensor> dWeights, List<Tensor> dBiases) {
    int rows = x.dim(0);
    int inputs = x.dim(1);
    int outputs = dOut.dim(1);
    int experts = dWeights.size();
    Tiles tiles = tiles(experts, outputs, inputs, rows);
    DevicePointer bounds = DevicePointer.of(offsets);
    DevicePointer error = cuda.error("groupedLinearBackwardParameters");
    try (CudaBuffer x16 = copy(tiles, x);
        CudaBuffer dOut16 = copy(tiles, dOut)) {
      tiles.weight.launch(
          tiles.matrices(inputs, outputs, experts),
          pointer(x16, x),
          pointer(dOut16, dOut),
          bounds,
          cuda.table(dWeights),
          rows,
          inputs,
          outputs,
          error);
    }
    kernels.groupedBiasF32(
        Grid.of(Math.ceilDiv(outputs, 32), experts, 1, THREADS).tile(32, 8),
        DevicePointer.of(dOut),
        bounds,
        cuda.table(dBiases),
        rows,
        outputs,
        error);
  }
}
