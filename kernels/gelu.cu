// GELU in the tanh form: out = x/2·(1 + tanh u), u = sqrt(2/pi)·(x + 0.044715·x^3), and
// dX = dOut·(1 + tanh u)/2 + dOut·x/2·(1 - tanh^2 u)·u'. dX may be dOut.
// Source: Hendrycks and Gimpel 2016, the form that GPT-2 uses.
// Shapes: all [n]. Grid: blocks of 256 threads, grid-stride over groups of 4 elements.
// Forward moves 8n bytes, backward 12n; about 20 and 30 FLOPs an element. At W1 (the experts' hidden
// [4096,1024]): 34 MB, 10 us and 50 MB, 15 us on an H100 at 3.35 TB/s.
#include "common.cuh"

#define GELU_SLOPE 0.7978845608028654f
#define GELU_CUBIC 0.044715f

static __device__ __forceinline__ float gelu_tanh(float x) {
  return tanhf(GELU_SLOPE * (x + GELU_CUBIC * x * x * x));
}

static __device__ __forceinline__ float gelu(float x) {
  return 0.5f * x * (1.0f + gelu_tanh(x));
}

static __device__ __forceinline__ float gelu_slope(float x) {
  float t = gelu_tanh(x);
  float slope = 0.5f * (1.0f + t);
  // beyond 10 the tanh is +-1 to the last bit, and 0 times an overflowing square would be NaN
  if (fabsf(x) < 10.0f) {
    float inner = GELU_SLOPE * (1.0f + 3.0f * GELU_CUBIC * x * x);
    slope += 0.5f * x * (1.0f - t * t) * inner;
  }
  return slope;
}

extern "C" __global__ void gelu_forward_f32(const float* x, float* out, long long n) {
  for (long long i = global_index(); i < n / 4; i += grid_size()) {
    float4 v = ((const float4*)x)[i];
    ((float4*)out)[i] = make_float4(gelu(v.x), gelu(v.y), gelu(v.z), gelu(v.w));
  }
  long long tail = n / 4 * 4 + global_index();
  if (tail < n) {
    out[tail] = gelu(x[tail]);
  }
}

extern "C" __global__ void gelu_backward_f32(
    const float* x, const float* dOut, float* dX, long long n) {
  for (long long i = global_index(); i < n / 4; i += grid_size()) {
    float4 v = ((const float4*)x)[i];
    float4 d = ((const float4*)dOut)[i];
    ((float4*)dX)[i] = make_float4(d.x * gelu_slope(v.x), d.y * gelu_slope(v.y),
                                   d.z * gelu_slope(v.z), d.w * gelu_slope(v.w));
  }
  long long tail = n / 4 * 4 + global_index();
  if (tail < n) {
    dX[tail] = dOut[tail] * gelu_slope(x[tail]);
  }
}
