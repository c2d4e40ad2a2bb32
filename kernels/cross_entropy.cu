// Rows of logits to losses and, in place, to their gradients: losses_n = ln sum_v exp l_v - l_target, and
// l_v becomes scale·(p_v - [v = target]); a row without a target (-1) has loss 0 and becomes zeros.
// The fused head and loss are this between matmuls: the logits of a few hundred rows at a time, at most 64
// MiB of them, are made by matmul nt, turned into gradients here, and consumed by matmul nn (into dX) and
// tn (onto dWeight). No [N,V] exists and no logit is computed twice; the price is that a chunk of logits
// passes through memory, five times 4·N·V bytes, most of which the cache of a large GPU holds.
// Source: Wijmans et al. 2024 (cut cross-entropy) for never storing the logits; Hsu et al. 2024 (Liger)
// for chunks of rows.
// Shapes: logits [rows,V]; targets I32 [rows] and losses [rows] of row firstRow on. Grid: one block of 256
// a row.
// Moves 16V bytes a row (three readings and a writing) for about 10V FLOPs. At W1 (N 2,048, V 50,257): 1.6
// GB, 0.49 ms on an H100 at 3.35 TB/s, half of it if the cache holds a chunk; the three matmuls, 158
// GFLOP, take 2.4 ms at 67 TFLOP/s.
#include "common.cuh"

extern "C" __global__ void __launch_bounds__(256) cross_entropy_rows_f32(
    float* logits, const int* targets, float* losses, int firstRow, int vocabulary, float scale,
    int gradients, int* error) {
  __shared__ float scratch[32];
  float* row = logits + (long long)blockIdx.x * vocabulary;
  int target = targets[blockIdx.x];
  if (!in_range(target, -1, vocabulary, BAD_TARGET, firstRow + blockIdx.x, error)) {
    target = -1;
  }
  if (target < 0) {
    for (int v = threadIdx.x; gradients && v < vocabulary; v += blockDim.x) {
      row[v] = 0.0f;
    }
    if (threadIdx.x == 0) {
      losses[blockIdx.x] = 0.0f;
    }
    return;
  }
  float most = -INFINITY;
  for (int v = threadIdx.x; v < vocabulary; v += blockDim.x) {
    most = fmaxf(most, row[v]);
  }
  most = block_max(most, scratch);
  float sum = 0.0f;
  for (int v = threadIdx.x; v < vocabulary; v += blockDim.x) {
    sum += expf(row[v] - most);
  }
  sum = block_sum(sum, scratch);
  if (threadIdx.x == 0) {
    losses[blockIdx.x] = (most - row[target]) + logf(sum);
  }
  if (!gradients) {
    return;
  }
  __syncthreads(); // the target's logit has been read
  float inverse = 1.0f / sum;
  for (int v = threadIdx.x; v < vocabulary; v += blockDim.x) {
    float probability = expf(row[v] - most) * inverse;
    row[v] = scale * (probability - (v == target ? 1.0f : 0.0f));
  }
}
