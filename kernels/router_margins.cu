// How far one expert is from a slot of each token: margins_n = its unbiased score - the offer that it
// must beat, which is the larger of its best relative's and that of the K-th best of the other
// families; +infinity where there is neither, NaN for padding. Source: GHOSTS.md, "A ramp that is one".
// Shapes: scores [N,A]; bias [A]; families I32 [A]; segments I32 [N]; chosen I32 [N,K+1], scratch;
// margins [N]. Grid: one warp a token, 8 tokens a block of 256.
// Moves 4N(A+K+3) bytes. At W1 (N 2,048, A 9, K 2): 0.1 MB, only latency.
#include "selection.cuh"

extern "C" __global__ void router_margins_f32(
    const float* scores, const float* bias, const int* families, const int* segments, int* chosen,
    float* margins, int tokens, int awake, int expert, int k, int* error) {
  int token = blockIdx.x * (blockDim.x >> 5) + warp_id();
  if (token >= tokens) {
    return;
  }
  const float* row = scores + (long long)token * awake;
  int* others = chosen + (long long)token * (k + 1);
  int segment = segments[token];
  in_range(segment, -1, 0x7fffffff, BAD_SEGMENT, token, error);
  if (lane_id() == 0) {
    others[0] = expert; // its family has its slot already
  }
  __syncwarp();
  choose(row, bias, families, awake, others, 1, k + 1);
  int last = others[k];
  float most = -INFINITY;
  for (int e = lane_id(); e < awake; e += 32) {
    bool rival = e == last || (e != expert && families[e] == families[expert]);
    if (rival && offer(row, bias, e) > most) {
      most = offer(row, bias, e);
    }
  }
  most = warp_max(most);
  if (lane_id() == 0) {
    margins[token] = segment < 0 ? NAN : row[expert] - most;
  }
}
