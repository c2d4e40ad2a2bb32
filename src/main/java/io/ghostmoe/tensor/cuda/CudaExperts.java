package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;

/** The way of tokens to their experts and back. */
final class CudaExperts {
  private static final int THREADS = 256;
  private static final int ROWS_PER_BLOCK = 8;

  private final CudaContext cuda;
  private final CudaSort sort;
  private final DispatchKernels dispatch;
  private final CombineKernels combine;

  CudaExperts(CudaContext cuda, CudaSort sort) {
    this.cuda = cuda;
    this.sort = sort;
    dispatch = new DispatchKernels(cuda);
    combine = new CombineKernels(cuda);
  }

  private static Grid warpPerRow(int rows) {
    return Grid.of(Math.ceilDiv(rows, ROWS_PER_BLOCK), THREADS);
  }

  void sortByExpert(
      Tensor experts, Tensor segments, Tensor offsets, Tensor slotOfRow, Tensor rowOfSlot) {
    int slots = experts.elements();
    int awake = offsets.dim(0) - 1;
    if (slots == 0) {
      cuda.memset(DevicePointer.of(offsets), offsets.buffer().bytes(), 0);
      return;
    }
    try (CudaBuffer keys = cuda.scratch(4L * slots);
        CudaBuffer sorted = cuda.scratch(4L * slots);
        CudaBuffer order = cuda.scratch(4L * slots)) {
      sort.kernels()
          .sortExpertKeysI32(
              Grid.covering(slots, THREADS),
              DevicePointer.of(experts),
              DevicePointer.of(segments),
              keys.pointer(),
              slots,
              experts.dim(1),
              awake,
              cuda.error("sortByExpert"));
      sort.sort(keys.pointer(), slots, awake, sorted.pointer(), order.pointer());
      sort.kernels()
          .sortExpertRowsI32(
              Grid.covering(Math.max(slots, awake + 1), THREADS),
              sorted.pointer(),
              order.pointer(),
              DevicePointer.of(offsets),
              DevicePointer.of(slotOfRow),
              DevicePointer.of(rowOfSlot),
              slots,
              awake);
    }
  }

  void dispatch(Tensor x, Tensor offsets, Tensor slotOfRow, Tensor out) {
    int slots = slotOfRow.dim(0);
    dispatch.dispatchForwardF32(
        warpPerRow(slots),
        DevicePointer.of(x),
        DevicePointer.of(offsets),
        DevicePointer.of(slotOfRow),
        DevicePointer.of(out),
        slots,
        slots / Math.max(1, x.dim(0)),
        x.dim(1),
        offsets.dim(0) - 1,
        cuda.error("dispatch"));
  }

  void dispatchBackward(Tensor dOut, Tensor rowOfSlot, boolean accumulate, Tensor dX) {
    dispatch.dispatchBackwardF32(
        warpPerRow(dX.dim(0)),
        DevicePointer.of(dOut),
        DevicePointer.of(rowOfSlot),
        DevicePointer.of(dX),
        dX.dim(0),
        rowOfSlot.dim(1),
        dX.dim(1),
        accumulate ? 1 : 0,
        cuda.error("dispatchBackward"));
  }

  void combine(Tensor y, Tensor gates, Tensor rowOfSlot, Tensor out) {
    combine.combineForwardF32(
        warpPerRow(out.dim(0)),
        DevicePointer.of(y),
        DevicePointer.of(gates),
        DevicePointer.of(rowOfSlot),
        DevicePointer.of(out),
        out.dim(0),
        gates.dim(1),
        out.dim(1),
        cuda.error("combine"));
  }

  void combineBackward(
      Tensor y, Tensor gates, Tensor rowOfSlot, Tensor dOut, Tensor dY, Tensor dGates) {
    combine.combineBackwardF32(
        warpPerRow(gates.elements()),
        DevicePointer.of(y),
        DevicePointer.of(gates),
        DevicePointer.of(rowOfSlot),
        DevicePointer.of(dOut),
        DevicePointer.of(dY),
        DevicePointer.of(dGates),
        gates.elements(),
        gates.dim(1),
        y.dim(1),
        cuda.error("combineBackward"));
  }
}
