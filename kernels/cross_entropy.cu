// Rows of logits to losses and, in place, to their gradients: with l_v = logits_v + bias_v, losses_n = ln
// sum_v exp l_v - l_target, and logits_v becomes scale·(p_v - [v = target]); a row without a target (-1) has
// loss 0 and becomes zeros. The bias is added here, where every logit passes anyway, so that the product
// before needs none.
// The fused head and loss are this between matmuls: the logits of a few hundred rows at a time, at most 64
// MiB of them, are made by matmul nt, turned into gradients here, and consumed by matmul nn (into dX) and
// tn (onto dWeight). No [N,V] exists and no logit is computed twice; the price is that a chunk of logits
// passes through memory, five times 4·N·V bytes, most of which the cache of a large GPU holds.
// Source: Wijmans et al. 2024 (cut cross-entropy) for never storing the logits; Hsu et al. 2024 (Liger)
// for chunks of rows.
// Shapes: logits [rows,V], rows `stride` apart, a multiple of four, so that four are read at a time; bias [V];
// targets I32 [rows] and losses [rows] of row firstRow on. Grid: one block of 512 a row.
// Moves 12V bytes a row (two readings and a writing) for about 12V FLOPs. At W1 (N 2,048, V 50,257): 1.2 GB,
// 0.37 ms on an H100 at 3.35 TB/s, less where the cache holds a chunk; the three matmuls, 158 GFLOP, take 2.4
// ms at 67 TFLOP/s.
#include "common.cuh"

// A sum of exponentials relative to the largest exponent so far (Milakov and Gimelshein 2018).
struct LogSum {
  float most;
  float sum;

  __device__ __forceinline__ void add(float a, float b, float c, float d) {
    float next = fmaxf(most, fmaxf(fmaxf(a, b), fmaxf(c, d)));
    float shift = next == -INFINITY ? 0.0f : next; // before anything else was seen
    sum = sum * expf(most - shift) + ((expf(a - shift) + expf(b - shift)) + (expf(c - shift) + expf(d - shift)));
    most = next;
  }
};

// The logits of a row's four number i; what is beyond the vocabulary is nobody's.
static __device__ __forceinline__ float4 logits_of(
    const float4* fours, const float* bias, int i, int vocabulary) {
  float4 four = fours[i];
  int v = i * 4;
  if (v + 4 <= vocabulary) {
    float4 more = __ldg((const float4*)(bias + v));
    return make_float4(four.x + more.x, four.y + more.y, four.z + more.z, four.w + more.w);
  }
  four.x += bias[v];
  four.y += v + 1 < vocabulary ? bias[v + 1] : 0.0f;
  four.z += v + 2 < vocabulary ? bias[v + 2] : 0.0f;
  return four;
}

// Element v of a row from its four; -infinity, which adds nothing, beyond the vocabulary.
static __device__ __forceinline__ float within(float value, int v, int vocabulary) {
  return v < vocabulary ? value : -INFINITY;
}

static __device__ __forceinline__ float slope(
    float logit, float most, float inverse, float scale, bool isTarget) {
  return scale * (expf(logit - most) * inverse - (isTarget ? 1.0f : 0.0f));
}

extern "C" __global__ void __launch_bounds__(512) cross_entropy_rows_f32(
    float* logits, const float* bias, const int* targets, float* losses, int firstRow, int vocabulary,
    int stride, float scale, int gradients, int* error) {
  __shared__ float scratch[32];
  float* row = logits + (long long)blockIdx.x * stride;
  float4* fours = (float4*)row;
  int count = (vocabulary + 3) / 4;
  int target = targets[blockIdx.x];
  if (!in_range(target, -1, vocabulary, BAD_TARGET, firstRow + blockIdx.x, error)) {
    target = -1;
  }
  if (target < 0) {
    for (int i = threadIdx.x; gradients && i < count; i += blockDim.x) {
      fours[i] = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    }
    if (threadIdx.x == 0) {
      losses[blockIdx.x] = 0.0f;
    }
    return;
  }
  LogSum own = {-INFINITY, 0.0f};
#pragma unroll 2
  for (int i = threadIdx.x; i < count; i += blockDim.x) {
    float4 four = logits_of(fours, bias, i, vocabulary);
    int v = i * 4;
    own.add(four.x, within(four.y, v + 1, vocabulary), within(four.z, v + 2, vocabulary),
            within(four.w, v + 3, vocabulary));
  }
  float most = block_max(own.most, scratch);
  float sum = block_sum(own.sum * expf(own.most - most), scratch);
  if (threadIdx.x == 0) {
    losses[blockIdx.x] = (most - (row[target] + bias[target])) + logf(sum);
  }
  if (!gradients) {
    return;
  }
  __syncthreads(); // the target's logit has been read
  float inverse = 1.0f / sum;
#pragma unroll 2
  for (int i = threadIdx.x; i < count; i += blockDim.x) {
    float4 four = logits_of(fours, bias, i, vocabulary);
    int v = i * 4;
    four.x = slope(four.x, most, inverse, scale, v == target);
    four.y = slope(four.y, most, inverse, scale, v + 1 == target);
    four.z = slope(four.z, most, inverse, scale, v + 2 == target);
    four.w = slope(four.w, most, inverse, scale, v + 3 == target);
    fours[i] = four;
  }
}
