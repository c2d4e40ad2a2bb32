package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;

/** What is measured and not learned: what experts and their layer do to tokens. */
final class CudaStatistics {
  private static final int THREADS = 256;
  private static final int ROWS_PER_BLOCK = 8;
  private static final int TOKENS_PER_SUM = 16;

  private final CudaContext cuda;
  private final ExpertStatisticsKernels experts;

  CudaStatistics(CudaContext cuda) {
    this.cuda = cuda;
    experts = new ExpertStatisticsKernels(cuda);
  }

  void expertUtility(Tensor y, Tensor gates, Tensor offsets, Tensor slotOfRow, Tensor utility) {
    int slots = gates.elements();
    DevicePointer error = cuda.error("expertUtility");
    try (CudaBuffer rows = cuda.scratch(8L * slots)) {
      experts.expertUtilityRowsF32(
          Grid.of(Math.ceilDiv(slots, ROWS_PER_BLOCK), THREADS),
          DevicePointer.of(y),
          DevicePointer.of(gates),
          DevicePointer.of(offsets),
          DevicePointer.of(slotOfRow),
          rows.pointer(),
          slots,
          y.dim(1),
          utility.dim(0),
          error);
      experts.expertUtilityFinishF32(
          Grid.of(utility.dim(0), THREADS),
          rows.pointer(),
          DevicePointer.of(offsets),
          DevicePointer.of(utility),
          slots,
          error);
    }
  }

  void expertSums(Tensor y, Tensor offsets, Tensor sums) {
    experts.expertSumsF32(
        Grid.of(Math.ceilDiv(y.dim(1), 32), sums.dim(0), 1, THREADS).tile(32, 8),
        DevicePointer.of(y),
        DevicePointer.of(offsets),
        DevicePointer.of(sums),
        y.dim(0),
        y.dim(1),
        cuda.error("expertSums"));
  }

  void alignment(Tensor x, Tensor y, Tensor segments, Tensor out) {
    int blocks = Math.ceilDiv(x.dim(0), TOKENS_PER_SUM);
    try (CudaBuffer partials = cuda.scratch(8L * 3 * blocks)) {
      experts.alignmentPartialF32(
          Grid.of(blocks, THREADS),
          DevicePointer.of(x),
          DevicePointer.of(y),
          DevicePointer.of(segments),
          partials.pointer(),
          x.dim(0),
          x.dim(1),
          TOKENS_PER_SUM,
          cuda.error("alignment"));
      experts.alignmentFinishF32(
          Grid.of(1, THREADS), partials.pointer(), DevicePointer.of(out), blocks);
    }
  }
}
