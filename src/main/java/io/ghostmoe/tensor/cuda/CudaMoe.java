package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cuda.CudaMatmul.Matrix;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

  /**
   * The kernels of one size of tiles.
   *
   * @param columns of a tile, and threads of a block
   * @param rounded whether the operands are copies in bfloat16
   */
  private record Tiles(
      int rows, int columns, boolean rounded, Forward forward, Input input, Weight weight) {
    /** Blocks for all rows of experts: every expert may have a tile that is not full. */
    Grid ofRows(int width, int rows, int experts) {
      return grid(width, Math.ceilDiv(rows, this.rows) + experts, 1);
    }

    /** Blocks for a matrix of each expert. */
    Grid ofMatrices(int width, int rows, int experts) {
      return grid(width, Math.ceilDiv(rows, this.rows), experts);
    }

    private Grid grid(int width, int down, int experts) {
      int shared = rounded ? CudaMatmul.roundedBytes(columns) : 0;
      return Grid.of(Math.ceilDiv(width, columns), down, experts, columns).shared(shared);
    }

    long count(int times, int rows, int width) {
      return (long) times * Math.ceilDiv(rows, this.rows) * Math.ceilDiv(width, columns);
    }
  }

  private final CudaContext cuda;
  private final GroupedMatmulKernels kernels;
  private final Tiles large;
  private final Tiles small;
  private final Tiles rounded;
  private final Tiles roundedWide;
  private final CudaRounding rounding;

  CudaMoe(CudaContext cuda, CudaRounding rounding) {
    this.cuda = cuda;
    this.rounding = rounding;
    GroupedMatmulKernels f32 = new GroupedMatmulKernels(cuda);
    GroupedMatmulBf16Kernels bf16 = new GroupedMatmulBf16Kernels(cuda);
    kernels = f32;
    int edge = CudaMatmul.LARGE;
    int half = edge / 2;
    int wide = CudaMatmul.WIDE;
    large =
        new Tiles(
            edge,
            edge,
            false,
            f32::groupedForward128F32,
            f32::groupedInput128F32,
            f32::groupedWeight128F32);
    small =
        new Tiles(
            half,
            half,
            false,
            f32::groupedForward64F32,
            f32::groupedInput64F32,
            f32::groupedWeight64F32);
    rounded =
        new Tiles(
            edge,
            edge,
            true,
            bf16::groupedForward128Bf16,
            bf16::groupedInput128Bf16,
            bf16::groupedWeight128Bf16);
    roundedWide =
        new Tiles(
            edge,
            wide,
            true,
            bf16::groupedForward256Bf16,
            bf16::groupedInput256Bf16,
            bf16::groupedWeight256Bf16);
  }

  /** A matrix as the kernels of some tiles want it: rounded, and then in memory to be closed. */
  private @Nullable CudaBuffer copy(Tiles tiles, Tensor x) {
    return tiles.rounded ? rounding.round(Matrix.of(x), x.dim(0), x.dim(1)) : null;
  }

  private @Nullable CudaBuffer copy(Tiles tiles, List<Tensor> weights) {
    return tiles.rounded ? rounding.round(weights) : null;
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
      return CudaMatmul.isEnough(roundedWide.count(times, m, n)) ? roundedWide : rounded;
    }
    return CudaMatmul.isEnough(large.count(times, m, n)) ? large : small;
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
          tiles.ofRows(outputs, rows, experts),
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
          tiles.ofRows(inputs, rows, experts),
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
          tiles.ofMatrices(inputs, outputs, experts),
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
