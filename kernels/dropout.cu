// Inverted dropout: out_i = x_i·scale where CounterRandom.uniform(key, i) >= rate, else 0; out may be
// x. With the same key it is its own backward. Source: Srivastava et al. 2014; the generator is that
// of base.CounterRandom (SplitMix64's finaliser over a Weyl sequence, Steele et al. 2014), bit for
// bit, so that every backend drops the same elements.
// Shapes: x, out [n]; scale = 1/(1 - rate). Grid: blocks of 256 threads, grid-stride.
// Moves 8n bytes; about 20 integer operations an element. At W1 [2048,256]: 4.2 MB, 1.3 us on an
// H100 at 3.35 TB/s.
#include "common.cuh"

static __device__ __forceinline__ unsigned long long mix(unsigned long long z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

// A number in [0, 1) of 24 bits.
static __device__ __forceinline__ float uniform(unsigned long long key, unsigned long long index) {
  unsigned long long bits = mix(key + (index + 1) * 0x9E3779B97F4A7C15ull);
  return (float)(int)(bits >> 40) * 0x1p-24f;
}

extern "C" __global__ void dropout_f32(
    const float* x, float* out, long long n, unsigned long long key, float rate, float scale) {
  for (long long i = global_index(); i < n; i += grid_size()) {
    out[i] = uniform(key, (unsigned long long)i) >= rate ? x[i] * scale : 0.0f;
  }
}
