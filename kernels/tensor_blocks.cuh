// How a launch over many tensors is shared out: each block has TENSOR_BLOCK elements of one tensor, the
// last one of a tensor what is left. The tables are TensorBlocks in Java: lengths I32 [tensors] and
// firstBlock I32 [tensors+1], where the blocks of each tensor begin.
#pragma once
#include "common.cuh"

#define TENSOR_BLOCK 16384

// What a block has: `size` elements of `tensor` that begin with the one at `from`.
struct TensorPart {
  int tensor;
  long long from;
  int size;
};

static __device__ __forceinline__ TensorPart part_of(
    const int* lengths, const int* firstBlock, int tensors, int block) {
  int low = 0;
  int high = tensors;
  while (high - low > 1) {
    int middle = (low + high) / 2;
    if (firstBlock[middle] <= block) {
      low = middle;
    } else {
      high = middle;
    }
  }
  TensorPart part;
  part.tensor = low;
  part.from = (long long)(block - firstBlock[low]) * TENSOR_BLOCK;
  long long left = lengths[low] - part.from;
  part.size = left < TENSOR_BLOCK ? (int)left : TENSOR_BLOCK;
  return part;
}
