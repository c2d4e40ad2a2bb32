// Norms of groups of tensors, out[i] = sqrt(sum of x^2) over group i, in double: a block sums its part of
// one tensor, then a block a group adds its blocks' sums.
// Shapes: tensors a table of pointers; lengths and firstBlock as in tensor_blocks.cuh; partials f64
// [blocks]; groupBlocks I32 [groups+1], where the blocks of each group begin; out [groups]. Grid:
// firstBlock[tensors] blocks of 256; groups blocks of 256.
// Moves 4 bytes an element for 2 FLOPs in double. At W1 (43.7 M parameters): 175 MB, 52 us on an H100
// at 3.35 TB/s.
#include "tensor_blocks.cuh"

extern "C" __global__ void norm_partial_f32(
    const float* const* tensors, const int* lengths, const int* firstBlock, double* partials,
    int count) {
  __shared__ double scratch[32];
  TensorPart part = part_of(lengths, firstBlock, count, blockIdx.x);
  int size = part.size;
  const float* x = tensors[part.tensor] + part.from;
  double sum = 0.0;
  for (int i = threadIdx.x; i < size / 4; i += blockDim.x) {
    float4 v = ((const float4*)x)[i];
    sum += (double)v.x * v.x + (double)v.y * v.y + (double)v.z * v.z + (double)v.w * v.w;
  }
  int tail = size / 4 * 4 + threadIdx.x;
  if (tail < size) {
    sum += (double)x[tail] * x[tail];
  }
  sum = block_sum(sum, scratch);
  if (threadIdx.x == 0) {
    partials[blockIdx.x] = sum;
  }
}

extern "C" __global__ void norm_finish_f32(
    const double* partials, const int* groupBlocks, float* out) {
  __shared__ double scratch[32];
  double sum = 0.0;
  for (int i = groupBlocks[blockIdx.x] + threadIdx.x; i < groupBlocks[blockIdx.x + 1];
       i += blockDim.x) {
    sum += partials[i];
  }
  sum = block_sum(sum, scratch);
  if (threadIdx.x == 0) {
    out[blockIdx.x] = (float)sqrt(sum);
  }
}
