package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import java.util.List;

/** Norms of groups of tensors, all in one. */
final class CudaNorm {
  private static final int THREADS = 256;

  private final CudaContext cuda;
  private final NormKernels kernels;

  CudaNorm(CudaContext cuda) {
    this.cuda = cuda;
    kernels = new NormKernels(cuda);
  }

  void norms(List<List<Tensor>> groups, Tensor out) {
    List<Tensor> tensors = groups.stream().flatMap(List::stream).toList();
    TensorBlocks blocks = TensorBlocks.of(tensors);
    int[] groupBlocks = new int[groups.size() + 1];
    int tensor = 0;
    for (int i = 0; i < groups.size(); i++) {
      tensor += groups.get(i).size();
      groupBlocks[i + 1] = blocks.first()[tensor];
    }
    try (CudaBuffer partials = cuda.scratch(8L * blocks.count())) {
      kernels.normPartialF32(
          Grid.of(blocks.count(), THREADS),
          cuda.table(tensors),
          cuda.ints(blocks.lengths()),
          cuda.ints(blocks.first()),
          partials.pointer(),
          blocks.tensors());
      kernels.normFinishF32(
          Grid.of(groups.size(), THREADS),
          partials.pointer(),
          cuda.ints(groupBlocks),
          DevicePointer.of(out));
    }
  }
}
