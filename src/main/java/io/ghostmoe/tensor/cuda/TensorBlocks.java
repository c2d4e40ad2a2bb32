package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import java.util.List;

/**
 * How the blocks of one launch are shared out over many tensors: each has some elements of one. The
 * kernels' side is tensor_blocks.cuh.
 *
 * @param lengths elements of each tensor
 * @param first the first block of each tensor, and at the end how many blocks there are
 */
record TensorBlocks(int[] lengths, int[] first) {
  /** Elements of a block, TENSOR_BLOCK there. */
  private static final int ELEMENTS = 16_384;

  static TensorBlocks of(List<Tensor> tensors) {
    int[] lengths = new int[tensors.size()];
    int[] first = new int[lengths.length + 1];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = tensors.get(i).elements();
      first[i + 1] = first[i] + Math.ceilDiv(lengths[i], ELEMENTS);
    }
    return new TensorBlocks(lengths, first);
  }

  int tensors() {
    return lengths.length;
  }

  /** Blocks of all tensors. */
  int count() {
    return first[lengths.length];
  }
}
