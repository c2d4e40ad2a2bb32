// The two auxiliary losses of a router over the tokens that are not padding: losses[0] = A·sum_e f_e·P_e
// with f_e the share of slots and P_e the mean softmax probability (Fedus et al. 2021, equation 4),
// losses[1] = mean (ln sum_e exp z_e)^2 (Zoph et al. 2022, equation 5); both 0 where all is padding.
// Backward: dScores += balanceWeight·d losses[0] + zWeight·d losses[1], f_e constant.
// Shapes: scores, dScores [N,A]; offsets I32 [A+1]; segments I32 [N]; partials f64 [blocks,A+2] (the
// probabilities, the squares, the tokens); losses [2]; count I32 [1]. Grid: partial one block of 256
// for 32 tokens (a warp a token for its sum, then a thread an expert); finish and tokens 1 block of
// 256; backward one warp a token, 8 a block of 256.
// Moves 4NA and 8NA bytes; about 8NA FLOPs each. At W1 (N 2,048, A 8): 0.07 and 0.13 MB, only latency.
#include "common.cuh"

#define LOSS_TOKENS 32

// ln sum_e exp z_e of a token, by one warp.
static __device__ __forceinline__ float log_sum(const float* scores, int awake) {
  float most = -INFINITY;
  for (int e = lane_id(); e < awake; e += 32) {
    most = fmaxf(most, scores[e]);
  }
  most = warp_max(most);
  float sum = 0.0f;
  for (int e = lane_id(); e < awake; e += 32) {
    sum += expf(scores[e] - most);
  }
  return most + logf(warp_sum(sum));
}

extern "C" __global__ void router_losses_partial_f32(
    const float* scores, const int* segments, double* partials, int tokens, int awake, int* error) {
  __shared__ float sums[LOSS_TOKENS];
  __shared__ int counted[LOSS_TOKENS];
  int first = blockIdx.x * LOSS_TOKENS;
  for (int i = warp_id(); i < LOSS_TOKENS; i += blockDim.x >> 5) {
    int token = first + i;
    int segment = token < tokens ? segments[token] : -1;
    in_range(segment, -1, 0x7fffffff, BAD_SEGMENT, token, error);
    float sum = segment < 0 ? 0.0f : log_sum(scores + (long long)token * awake, awake);
    if (lane_id() == 0) {
      sums[i] = sum;
      counted[i] = segment >= 0;
    }
  }
  __syncthreads();
  double* target = partials + (long long)blockIdx.x * (awake + 2);
  for (int e = threadIdx.x; e < awake + 2; e += blockDim.x) {
    double total = 0.0;
    for (int i = 0; i < LOSS_TOKENS; i++) {
      if (!counted[i]) {
        continue;
      }
      total += e < awake    ? (double)expf(scores[(long long)(first + i) * awake + e] - sums[i])
               : e == awake ? (double)sums[i] * sums[i]
                            : 1.0;
    }
    target[e] = total;
  }
}

// Expert e's share of all slots.
static __device__ __forceinline__ double share(const int* offsets, int awake, int e) {
  int slots = offsets[awake];
  return slots == 0 ? 0.0 : (offsets[e + 1] - offsets[e]) / (double)slots;
}

extern "C" __global__ void router_losses_finish_f32(
    const double* partials, const int* offsets, float* losses, int blocks, int awake) {
  __shared__ double scratch[32];
  double balance = 0.0;
  double squares = 0.0;
  double tokens = 0.0;
  for (int e = threadIdx.x; e < awake; e += blockDim.x) {
    double probability = 0.0;
    for (int block = 0; block < blocks; block++) {
      probability += partials[(long long)block * (awake + 2) + e];
    }
    balance += awake * share(offsets, awake, e) * probability;
  }
  for (int block = threadIdx.x; block < blocks; block += blockDim.x) {
    squares += partials[(long long)block * (awake + 2) + awake];
    tokens += partials[(long long)block * (awake + 2) + awake + 1];
  }
  balance = block_sum(balance, scratch);
  squares = block_sum(squares, scratch);
  tokens = block_sum(tokens, scratch);
  if (threadIdx.x == 0) {
    losses[0] = tokens == 0.0 ? 0.0f : (float)(balance / tokens);
    losses[1] = tokens == 0.0 ? 0.0f : (float)(squares / tokens);
  }
}

extern "C" __global__ void router_losses_tokens_i32(
    const int* segments, int* count, int tokens, int* error) {
  __shared__ int scratch[32];
  int mine = 0;
  for (int token = threadIdx.x; token < tokens; token += blockDim.x) {
    in_range(segments[token], -1, 0x7fffffff, BAD_SEGMENT, token, error);
    mine += segments[token] >= 0;
  }
  int sum = block_sum(mine, scratch);
  if (threadIdx.x == 0) {
    count[0] = sum;
  }
}

extern "C" __global__ void router_losses_backward_f32(
    const float* scores, const int* offsets, const int* segments, const int* count,
    float balanceWeight, float zWeight, float* dScores, int tokens, int awake) {
  int token = blockIdx.x * (blockDim.x >> 5) + warp_id();
  if (token >= tokens || segments[token] < 0) {
    return;
  }
  const float* row = scores + (long long)token * awake;
  float logSum = log_sum(row, awake);
  float meanShare = 0.0f;
  for (int e = lane_id(); e < awake; e += 32) {
    meanShare += (float)share(offsets, awake, e) * expf(row[e] - logSum);
  }
  meanShare = warp_sum(meanShare);
  for (int e = lane_id(); e < awake; e += 32) {
    float balance = balanceWeight * awake * ((float)share(offsets, awake, e) - meanShare);
    float slope = expf(row[e] - logSum) * (balance + 2.0f * zWeight * logSum) / count[0];
    dScores[(long long)token * awake + e] += slope;
  }
}
