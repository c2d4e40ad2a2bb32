// out = value.
// Shapes: out [n]. Grid: blocks of 256 threads, each thread every grid-th group of 4 elements.
// Moves 4n bytes, computes nothing. At W1 [2048,256]: 2.1 MB, 0.6 us on an H100 at 3.35 TB/s.
#include "common.cuh"

extern "C" __global__ void fill_f32(float* out, long long n, float value) {
  float4 four = make_float4(value, value, value, value);
  for (long long i = global_index(); i < n / 4; i += grid_size()) {
    ((float4*)out)[i] = four;
  }
  long long tail = n / 4 * 4 + global_index();
  if (tail < n) {
    out[tail] = value;
  }
}
