package io.ghostmoe.tensor.cuda;

/** Stable sorting of small integers, with the permutation that it makes. */
final class CudaSort {
  private static final int BITS = 8;
  private static final int DIGITS = 1 << BITS;
  private static final int KEYS_PER_BLOCK = 1024;
  private static final int THREADS = 256;

  private final CudaContext cuda;
  private final SortKernels kernels;

  CudaSort(CudaContext cuda) {
    this.cuda = cuda;
    kernels = new SortKernels(cuda);
  }

  SortKernels kernels() {
    return kernels;
  }

  /**
   * Sorts {@code n} keys, at least one; those outside of [0, limit] count as {@code limit}.
   *
   * @param sorted room for the keys in order
   * @param order room for the place of each in {@code keys}
   */
  void sort(DevicePointer keys, int n, int limit, DevicePointer sorted, DevicePointer order) {
    int passes =
        Math.max(1, Math.ceilDiv(Integer.SIZE - Integer.numberOfLeadingZeros(limit), BITS));
    int blocks = Math.ceilDiv(n, KEYS_PER_BLOCK);
    try (CudaBuffer counts = cuda.scratch(4L * DIGITS * blocks);
        CudaBuffer otherKeys = cuda.scratch(passes == 1 ? 0 : 4L * n);
        CudaBuffer otherOrder = cuda.scratch(passes == 1 ? 0 : 4L * n)) {
      DevicePointer from = keys;
      DevicePointer places = new DevicePointer();
      for (int pass = 0; pass < passes; pass++) {
        boolean last = (passes - 1 - pass) % 2 == 0; // alternates, and ends where it should
        DevicePointer to = last ? sorted : otherKeys.pointer();
        DevicePointer placesTo = last ? order : otherOrder.pointer();
        int shift = BITS * pass;
        Grid grid = Grid.of(blocks, THREADS);
        kernels.sortCountI32(grid, from, counts.pointer(), n, shift, limit);
        kernels.sortScanI32(Grid.of(1, THREADS), counts.pointer(), DIGITS * blocks);
        kernels.sortScatterI32(grid, from, places, counts.pointer(), to, placesTo, n, shift, limit);
        from = to;
        places = placesTo;
      }
    }
  }
}
