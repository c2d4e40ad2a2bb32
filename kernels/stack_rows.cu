// A matrix from its rows, out_e = rows[e], and dRows[e] += dOut_e.
// Shapes: rows, dRows a table of `count` pointers to [C]; out, dOut [count,C]. Grid: blocks of 256
// threads over count·C.
// Moves 8 and 12 bytes an element. At W1 [8,256]: 16 and 24 KB, only latency.
#include "common.cuh"

extern "C" __global__ void stack_rows_f32(
    const float* const* rows, float* out, int count, int width) {
  long long i = global_index();
  if (i < (long long)count * width) {
    out[i] = rows[i / width][i % width];
  }
}

extern "C" __global__ void unstack_rows_f32(
    const float* dOut, float* const* dRows, int count, int width) {
  long long i = global_index();
  if (i < (long long)count * width) {
    dRows[i / width][i % width] += dOut[i];
  }
}
