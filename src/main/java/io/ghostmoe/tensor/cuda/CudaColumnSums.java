package io.ghostmoe.tensor.cuda;

/** Sums of columns, over blocks of rows first; the blocks are a function of the rows alone. */
final class CudaColumnSums {
  private static final int LEAST_ROWS = 64;
  private static final int MOST_BLOCKS = 256;
  private static final int THREADS = 256;

  private final CudaContext cuda;
  private final ColumnSumsKernels kernels;

  CudaColumnSums(CudaContext cuda) {
    this.cuda = cuda;
    kernels = new ColumnSumsKernels(cuda);
  }

  /** How many rows one block sums. */
  static int rowsPerBlock(int rows) {
    return Math.max(LEAST_ROWS, Math.ceilDiv(rows, MOST_BLOCKS));
  }

  /** A block for 32 columns and some rows. */
  static Grid grid(int rows, int width) {
    int blocks = Math.ceilDiv(rows, rowsPerBlock(rows));
    return Grid.of(Math.ceilDiv(width, 32), blocks, 1, THREADS).tile(32, 8);
  }

  /** {@code target_c += Σ_n x[n,c]}, where rows of x are {@code stride} elements apart. */
  void add(DevicePointer x, int rows, int width, int stride, DevicePointer target) {
    Grid grid = grid(rows, width);
    try (CudaBuffer partials = cuda.scratch(4L * grid.y() * width)) {
      int block = rowsPerBlock(rows);
      kernels.columnSumsF32(grid, x, partials.pointer(), rows, width, stride, block);
      addPartials(partials.pointer(), grid.y(), width, target);
    }
  }

  /** {@code target_c += Σ over the blocks}, in their order. */
  void addPartials(DevicePointer partials, int blocks, int width, DevicePointer target) {
    kernels.columnSumsAddF32(Grid.covering(width, THREADS), partials, target, blocks, width);
  }
}
