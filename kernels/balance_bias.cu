// The balance bias's step: bias_e += rates_e·sign(target_e·sum(counts) - counts_e), the product in double
// and rounded to single precision, then the mean of all biases off; nothing without any count.
// Source: Wang et al. 2024, algorithm 1.
// Shapes: counts I32 [A]; targets, rates, bias [A]. Grid: 1 block of 256.
// Moves 20A bytes. At W1 (A 8): only latency.
#include "common.cuh"

extern "C" __global__ void balance_bias_f32(
    const int* counts, const float* targets, const float* rates, float* bias, int awake,
    int* error) {
  __shared__ long long totals[32];
  __shared__ double means[32];
  long long mine = 0;
  for (int e = threadIdx.x; e < awake; e += blockDim.x) {
    mine += counts[e];
    if (!(rates[e] >= 0.0f && rates[e] < INFINITY)) {
      report(error, BAD_RATE, __float_as_int(rates[e]), e, awake);
    }
  }
  long long total = block_sum(mine, totals);
  if (total == 0) {
    return;
  }
  double sum = 0.0;
  for (int e = threadIdx.x; e < awake; e += blockDim.x) {
    float wanted = (float)((double)targets[e] * total);
    float got = (float)counts[e];
    float moved = bias[e] + (wanted > got ? rates[e] : wanted < got ? -rates[e] : 0.0f);
    bias[e] = moved;
    sum += (double)moved / awake;
  }
  double mean = block_sum(sum, means);
  for (int e = threadIdx.x; e < awake; e += blockDim.x) {
    bias[e] = (float)(bias[e] - mean);
  }
}
