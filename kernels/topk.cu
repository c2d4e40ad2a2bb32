// Router selection: the K largest scores_e + bias_e of a token, one of a family, in descending order,
// of equals the lowest index, NaN last. The gate is the softmax of the unbiased scores over the
// selected; for K = 1 over all, every expert but the selected weighed by its activation. The backward
// pass takes the selection as constant. Source: GHOSTS.md; the selection-only bias is Wang et al. 2024,
// equation 2.
// Shapes: scores, dScores [N,A]; bias, activations [A]; families I32 [A]; experts I32 [N,K]; gates,
// dGates [N,K]. Grid: one warp a token, 8 tokens a block of 256.
// Moves 4N(A+2K) and 4N(A+3K) bytes; about N(KA(1+K/2)+8K) operations. At W1 (N 2,048, A 8, K 2): 0.1
// MB, only latency.
#include "selection.cuh"

// The score by which expert e counts in the gate of the selected.
static __device__ __forceinline__ float activated(
    const float* scores, const float* activations, int e, int selected) {
  return e == selected ? scores[e] : scores[e] + logf(activations[e]);
}

// The largest such score of a token, and the sum of exponentials relative to it.
static __device__ __forceinline__ float sum_of_all(
    const float* scores, const float* activations, int awake, int selected, float* largest) {
  float most = -INFINITY;
  for (int e = lane_id(); e < awake; e += 32) {
    most = fmaxf(most, activated(scores, activations, e, selected));
  }
  most = warp_max(most);
  float sum = 0.0f;
  for (int e = lane_id(); e < awake; e += 32) {
    sum += expf(activated(scores, activations, e, selected) - most);
  }
  *largest = most;
  return warp_sum(sum);
}

static __device__ __forceinline__ void check_activations(
    const float* activations, int awake, int* error) {
  for (int e = lane_id(); e < awake; e += 32) {
    if (!(activations[e] > 0.0f && activations[e] <= 1.0f)) {
      report(error, BAD_ACTIVATION, __float_as_int(activations[e]), e, awake);
    }
  }
}

// Softmax of the scores of the K chosen.
static __device__ __forceinline__ void gates_of_chosen(
    const float* scores, const int* chosen, int k, float* gates) {
  float most = -INFINITY;
  for (int i = lane_id(); i < k; i += 32) {
    most = fmaxf(most, scores[chosen[i]]);
  }
  most = warp_max(most);
  float sum = 0.0f;
  for (int i = lane_id(); i < k; i += 32) {
    sum += expf(scores[chosen[i]] - most);
  }
  sum = warp_sum(sum);
  for (int i = lane_id(); i < k; i += 32) {
    gates[i] = expf(scores[chosen[i]] - most) / sum;
  }
}

extern "C" __global__ void topk_forward_f32(
    const float* scores, const float* bias, const int* families, const float* activations,
    int* experts, float* gates, int tokens, int awake, int k, int* error) {
  int token = blockIdx.x * (blockDim.x >> 5) + warp_id();
  if (token >= tokens) {
    return;
  }
  const float* row = scores + (long long)token * awake;
  int* chosen = experts + (long long)token * k;
  float* gate = gates + (long long)token * k;
  if (token == 0) {
    check_activations(activations, awake, error);
  }
  choose(row, bias, families, awake, chosen, 0, k);
  int last = chosen[k - 1];
  __syncwarp();
  if (last < 0) {
    // fewer families than slots: some expert takes the slots that are left, and the host is told
    for (int i = lane_id(); i < k; i += 32) {
      chosen[i] = max(chosen[i], 0);
    }
    if (lane_id() == 0) {
      report(error, TOO_FEW_FAMILIES, k, token, awake);
    }
    __syncwarp();
  }
  if (k > 1) {
    gates_of_chosen(row, chosen, k, gate);
    return;
  }
  float most;
  float sum = sum_of_all(row, activations, awake, last, &most);
  if (lane_id() == 0) {
    gate[0] = expf(row[last] - most) / sum;
  }
}

extern "C" __global__ void topk_backward_f32(
    const float* scores, const float* activations, const int* experts, const float* gates,
    const float* dGates, float* dScores, int tokens, int awake, int k, int* error) {
  int token = blockIdx.x * (blockDim.x >> 5) + warp_id();
  if (token >= tokens) {
    return;
  }
  const int* chosen = experts + (long long)token * k;
  const float* gate = gates + (long long)token * k;
  const float* dGate = dGates + (long long)token * k;
  float* slopes = dScores + (long long)token * awake;
  if (token == 0) {
    check_activations(activations, awake, error);
  }
  if (k == 1) {
    const float* row = scores + (long long)token * awake;
    int selected = chosen[0];
    if (!in_range(selected, 0, awake, BAD_EXPERT, token, error)) {
      return;
    }
    float most;
    float sum = sum_of_all(row, activations, awake, selected, &most);
    float own = expf(row[selected] - most) / sum;
    for (int e = lane_id(); e < awake; e += 32) {
      float share = expf(activated(row, activations, e, selected) - most) / sum;
      slopes[e] = dGate[0] * own * ((e == selected ? 1.0f : 0.0f) - share);
    }
    return;
  }
  for (int e = lane_id(); e < awake; e += 32) {
    slopes[e] = 0.0f;
  }
  float sum = 0.0f;
  for (int i = lane_id(); i < k; i += 32) {
    sum += gate[i] * dGate[i];
  }
  float mean = warp_sum(sum);
  __syncwarp();
  for (int i = lane_id(); i < k; i += 32) {
    if (in_range(chosen[i], 0, awake, BAD_EXPERT, token * k + i, error)) {
      slopes[chosen[i]] = gate[i] * (dGate[i] - mean);
    }
  }
}
