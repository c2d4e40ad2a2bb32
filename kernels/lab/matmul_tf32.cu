// A step beside matmul_steps.cu: c = a·b^T on tensor cores with inputs rounded to tf32 (10 bits of mantissa),
// a [m,k], b [n,k], c [m,n]. Not one of the engine's precisions: it keeps three decimal digits as bfloat16
// nearly does, and is at best half as fast; where it is in the lab it can be compared.
// Tiles of 64x64, 16 of K at a time through shared memory; a warp makes 16x32 in two fragments.
// Grid: (ceil(n/64), ceil(m/64)) of 256. Shared memory 16 KB. 2mnk FLOPs: at 4096^3 0.28 ms on an H100 at 495
// TFLOP/s.
#include "../common.cuh"
#ifndef CUEMU
#include <mma.h>
#endif

namespace wmma = nvcuda::wmma;

#define TF32_TILE 64
#define TF32_STEP 16
#define TF32_STRIDE (TF32_STEP + 8)

// One step of 64 rows from `first` on, zeros beyond rows and k.
static __device__ __forceinline__ void load_tf32(
    float* tile, const float* source, int first, int rows, int from, int k) {
  for (int i = threadIdx.x; i < TF32_TILE * TF32_STEP; i += 256) {
    int row = first + i / TF32_STEP;
    int at = from + i % TF32_STEP;
    float value = row < rows && at < k ? source[(long long)row * k + at] : 0.0f;
    tile[i / TF32_STEP * TF32_STRIDE + i % TF32_STEP] = wmma::__float_to_tf32(value);
  }
}

extern "C" __global__ void __launch_bounds__(256) lab_matmul_tf32(
    const float* a, const float* b, float* c, int m, int n, int k) {
  __shared__ __align__(32) float shared[TF32_TILE * TF32_TILE];
  float* left = shared;
  float* right = shared + TF32_TILE * TF32_STRIDE;
  int row = blockIdx.y * TF32_TILE;
  int column = blockIdx.x * TF32_TILE;
  int down = warp_id() / 2 * 16;
  int across = warp_id() % 2 * 32;
  wmma::fragment<wmma::accumulator, 16, 16, 8, float> sums[2];
  wmma::fill_fragment(sums[0], 0.0f);
  wmma::fill_fragment(sums[1], 0.0f);
  for (int from = 0; from < k; from += TF32_STEP) {
    load_tf32(left, a, row, m, from, k);
    load_tf32(right, b, column, n, from, k);
    __syncthreads();
    for (int step = 0; step < TF32_STEP; step += 8) {
      wmma::fragment<wmma::matrix_a, 16, 16, 8, wmma::precision::tf32, wmma::row_major> x;
      wmma::load_matrix_sync(x, left + down * TF32_STRIDE + step, TF32_STRIDE);
      for (int j = 0; j < 2; j++) {
        wmma::fragment<wmma::matrix_b, 16, 16, 8, wmma::precision::tf32, wmma::col_major> y;
        wmma::load_matrix_sync(y, right + (across + 16 * j) * TF32_STRIDE + step, TF32_STRIDE);
        wmma::mma_sync(sums[j], x, y, sums[j]);
      }
    }
    __syncthreads();
  }
  for (int j = 0; j < 2; j++) {
    wmma::store_matrix_sync(shared + down * TF32_TILE + across + 16 * j, sums[j], TF32_TILE,
                            wmma::mem_row_major);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < TF32_TILE * TF32_TILE; i += 256) {
    int y = row + i / TF32_TILE;
    int x = column + i % TF32_TILE;
    if (y < m && x < n) {
      c[(long long)y * n + x] = shared[i];
    }
  }
}
