package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;

/** The embedding; its gradient sorts the ids, so that one block owns all rows of each. */
final class CudaEmbedding {
  private static final int ROWS_PER_BLOCK = 8;
  private static final int COLUMNS_PER_BLOCK = 128;

  /** The codes by which a kernel reports an id or a position. */
  private static final int BAD_ID = 1;

  private static final int BAD_POSITION = 2;

  private final CudaContext cuda;
  private final EmbeddingKernels kernels;
  private final CudaSort sort;

  CudaEmbedding(CudaContext cuda, CudaSort sort) {
    this.cuda = cuda;
    this.sort = sort;
    kernels = new EmbeddingKernels(cuda);
  }

  void embedding(
      Tensor ids, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor out) {
    kernels.embeddingForwardF32(
        Grid.of(Math.ceilDiv(out.dim(0), ROWS_PER_BLOCK), 32 * ROWS_PER_BLOCK),
        DevicePointer.of(ids),
        DevicePointer.of(positions),
        DevicePointer.of(tokenTable),
        DevicePointer.of(positionTable),
        DevicePointer.of(out),
        out.dim(0),
        out.dim(1),
        tokenTable.dim(0),
        positionTable.dim(0),
        cuda.error("embedding"));
  }

  void embeddingBackward(
      Tensor ids, Tensor positions, Tensor dOut, Tensor dTokenTable, Tensor dPositionTable) {
    addRows(ids, dOut, dTokenTable, BAD_ID);
    addRows(positions, dOut, dPositionTable, BAD_POSITION);
  }

  private void addRows(Tensor keys, Tensor dOut, Tensor dTable, int code) {
    int rows = dOut.dim(0);
    if (rows == 0) {
      return;
    }
    int limit = dTable.dim(0);
    try (CudaBuffer sorted = cuda.scratch(4L * rows);
        CudaBuffer order = cuda.scratch(4L * rows)) {
      sort.sort(DevicePointer.of(keys), rows, limit, sorted.pointer(), order.pointer());
      kernels.embeddingBackwardF32(
          Grid.of(rows, Math.ceilDiv(dOut.dim(1), COLUMNS_PER_BLOCK), 1, COLUMNS_PER_BLOCK),
          DevicePointer.of(keys),
          sorted.pointer(),
          order.pointer(),
          DevicePointer.of(dOut),
          DevicePointer.of(dTable),
          rows,
          dOut.dim(1),
          limit,
          code,
          cuda.error("embeddingBackward"));
    }
  }
}
