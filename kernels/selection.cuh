// How a warp selects experts of one token: the largest scores + bias, one of a family. Shared by topk
// and router_margins so that they cannot disagree.
#pragma once
#include "common.cuh"

// What selection goes by: rounded to single precision once, as on every backend.
static __device__ __forceinline__ float offer(const float* scores, const float* bias, int e) {
  return scores[e] + bias[e];
}

// Whether offer a of expert i comes before offer b of expert j: the larger first, NaN last, of equals
// the lower index; j = -1 stands for nobody.
static __device__ __forceinline__ bool before(float a, int i, float b, int j) {
  if (i < 0 || j < 0) {
    return j < 0 && i >= 0;
  }
  bool above = a > b || (isnan(b) && !isnan(a));
  bool below = b > a || (isnan(a) && !isnan(b));
  return above || (!below && i < j);
}

// Whether the family has one of the first `count` chosen.
static __device__ __forceinline__ bool served(
    int family, const int* families, const int* chosen, int count) {
  for (int i = 0; i < count; i++) {
    if (chosen[i] >= 0 && families[chosen[i]] == family) {
      return true;
    }
  }
  return false;
}

// Fills chosen[from ... to-1], in memory that this warp alone uses, with the best experts in
// descending order; the families of chosen[0 ... from-1] have their slot already. -1 where no family
// is left. All lanes call it and see the result.
static __device__ __forceinline__ void choose(
    const float* scores, const float* bias, const int* families, int awake, int* chosen, int from,
    int to) {
  for (int i = from; i < to; i++) {
    int best = -1;
    float most = 0.0f;
    for (int e = lane_id(); e < awake; e += 32) {
      float mine = offer(scores, bias, e);
      if (before(mine, e, most, best) && !served(families[e], families, chosen, i)) {
        best = e;
        most = mine;
      }
    }
    for (int offset = 16; offset > 0; offset >>= 1) {
      int other = __shfl_xor_sync(FULL_WARP, best, offset);
      float its = __shfl_xor_sync(FULL_WARP, most, offset);
      if (before(its, other, most, best)) {
        best = other;
        most = its;
      }
    }
    if (lane_id() == 0) {
      chosen[i] = best;
    }
    __syncwarp();
  }
}
