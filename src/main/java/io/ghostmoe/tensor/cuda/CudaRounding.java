package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cuda.CudaMatmul.Matrix;
import java.util.List;

/** Copies rounded to bfloat16, in rows of whole eights, for the tensor cores. */
final class CudaRounding {
  private static final int THREADS = 256;
  private static final int EIGHT = 8;

  private final CudaContext cuda;
  private final RoundBf16Kernels kernels;

  CudaRounding(CudaContext cuda) {
    this.cuda = cuda;
    kernels = new RoundBf16Kernels(cuda);
  }

  /** Elements between rounded rows. */
  static int stride(int width) {
    return Math.ceilDiv(width, EIGHT) * EIGHT;
  }

  private static Grid grid(long rows, int width) {
    return Grid.covering(rows * stride(width) / EIGHT, THREADS);
  }

  /** What {@link #round(Matrix, int, int)} made, as an operand. */
  static Matrix matrix(CudaBuffer rounded, int width) {
    return new Matrix(rounded.pointer(), stride(width), true);
  }

  /** A rounded copy, which the caller closes. */
  CudaBuffer round(Matrix x, int rows, int width) {
    CudaBuffer rounded = cuda.scratch(2L * rows * stride(width));
    kernels.roundBf16(
        grid(rows, width), x.at(), rounded.pointer(), rows, width, x.stride(), stride(width));
    return rounded;
  }

  /** One rounded copy of matrices of one shape, one after the other; the caller closes it. */
  CudaBuffer round(List<Tensor> matrices) {
    int rows = matrices.getFirst().dim(0);
    int width = matrices.getFirst().dim(1);
    CudaBuffer rounded = cuda.scratch(2L * matrices.size() * rows * stride(width));
    Grid one = grid(rows, width);
    kernels.roundTableBf16(
        Grid.of(one.x(), 1, matrices.size(), THREADS),
        cuda.table(matrices),
        rounded.pointer(),
        rows,
        width,
        stride(width));
    return rounded;
  }
}
