// A step on the way to matmul_bf16.cu: c = a·b^T from operands rounded to bfloat16, through wmma. What is read
// of the next step of K waits in registers while this one is multiplied, and goes through shared memory that
// is padded by eight, so that the rows of a fragment start in different banks.
// Shapes: a [m,k], b [n,k], bf16, k whole eights; c [m,n] in single precision. Grid: (ceil(n/128), ceil(m/128))
// of 128 threads, a warp for 64x64. Shared memory 40 KB.
// 2mnk FLOPs: at 4096^3 0.14 ms on an H100 at 990 TFLOP/s.
#include "../bf16.cuh"
#ifndef CUEMU
#include <mma.h>
#endif

namespace wmma = nvcuda::wmma;

#define WMMA_TILE 128
#define WMMA_STEP 32
#define WMMA_PITCH (WMMA_STEP + 8)
#define WMMA_PARTS (WMMA_TILE * WMMA_STEP / 8 / 128) // times eight elements that a thread carries

// This thread's part of 128 rows from `first` on and 32 of K, zeros beyond rows and k.
static __device__ __forceinline__ void read_wmma(
    int4 (&value)[WMMA_PARTS], const unsigned short* source, int first, int rows, int from, int k) {
#pragma unroll
  for (int part = 0; part < WMMA_PARTS; part++) {
    int row = first + threadIdx.x / 4 + 32 * part;
    int at = from + threadIdx.x % 4 * 8;
    bool there = row < rows && at < k;
    value[part] = there ? __ldg((const int4*)(source + (long long)row * k + at)) : make_int4(0, 0, 0, 0);
  }
}

static __device__ __forceinline__ void store_wmma(__nv_bfloat16* tile, const int4 (&value)[WMMA_PARTS]) {
#pragma unroll
  for (int part = 0; part < WMMA_PARTS; part++) {
    *(int4*)(tile + (threadIdx.x / 4 + 32 * part) * WMMA_PITCH + threadIdx.x % 4 * 8) = value[part];
  }
}

extern "C" __global__ void __launch_bounds__(128) lab_matmul_wmma_bf16(
    const unsigned short* a, const unsigned short* b, float* c, int m, int n, int k) {
  __shared__ __align__(32) __nv_bfloat16 shared[2][2][WMMA_TILE * WMMA_PITCH];
  int row = blockIdx.y * WMMA_TILE;
  int column = blockIdx.x * WMMA_TILE;
  int down = warp_id() / 2 * 64;
  int across = warp_id() % 2 * 64;
  wmma::fragment<wmma::accumulator, 16, 16, 16, float> sums[4][4];
#pragma unroll
  for (int i = 0; i < 16; i++) {
    wmma::fill_fragment(sums[i / 4][i % 4], 0.0f);
  }
  int4 left[WMMA_PARTS];
  int4 right[WMMA_PARTS];
  read_wmma(left, a, row, m, 0, k);
  read_wmma(right, b, column, n, 0, k);
  for (int from = 0, now = 0; from < k; from += WMMA_STEP, now ^= 1) {
    store_wmma(shared[now][0], left);
    store_wmma(shared[now][1], right);
    __syncthreads();
    read_wmma(left, a, row, m, from + WMMA_STEP, k);
    read_wmma(right, b, column, n, from + WMMA_STEP, k);
#pragma unroll
    for (int step = 0; step < WMMA_STEP; step += 16) {
      wmma::fragment<wmma::matrix_a, 16, 16, 16, __nv_bfloat16, wmma::row_major> x[4];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        wmma::load_matrix_sync(x[i], shared[now][0] + (down + 16 * i) * WMMA_PITCH + step, WMMA_PITCH);
      }
#pragma unroll
      for (int j = 0; j < 4; j++) {
        wmma::fragment<wmma::matrix_b, 16, 16, 16, __nv_bfloat16, wmma::col_major> y;
        wmma::load_matrix_sync(y, shared[now][1] + (across + 16 * j) * WMMA_PITCH + step, WMMA_PITCH);
#pragma unroll
        for (int i = 0; i < 4; i++) {
          wmma::mma_sync(sums[i][j], x[i], y, sums[i][j]);
        }
      }
    }
  }
  __syncthreads();
  float* own = (float*)shared + warp_id() * 256; // a fragment at a time: where it holds what is unknown
#pragma unroll
  for (int i = 0; i < 16; i++) {
    wmma::store_matrix_sync(own, sums[i / 4][i % 4], 16, wmma::mem_row_major);
    __syncwarp();
    for (int v = lane_id(); v < 256; v += 32) {
      int to = row + down + i / 4 * 16 + v / 16;
      int at = column + across + i % 4 * 16 + v % 16;
      if (to < m && at < n) {
        c[(long long)to * n + at] = own[v];
      }
    }
    __syncwarp();
  }
}
