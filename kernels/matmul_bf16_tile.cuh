// One tile of C = A·B by tensor cores (wmma, 16x16x16): operands are read in single precision, rounded to
// bfloat16 on their way to shared memory, and their products summed in single precision. A block of 256
// threads makes 128x128 of C, 32 of K at a time, double-buffered; a warp makes 32x64, in 2x4 fragments.
// As in matmul_tile.cuh an operand is "by k" ([rows,K]) or by row ([K,rows]); it keeps that order in
// shared memory, padded by 8 so that the rows of a fragment start in different banks.
// Through wmma and not mma: a fragment's layout stays the compiler's business.
#pragma once
#include "write_four.cuh"
#ifndef CUEMU
#include <cuda_bf16.h>
#include <mma.h>
#endif

namespace wmma = nvcuda::wmma;

#define BF16_THREADS 256
#define BF16_TILE 128
#define BF16_STEP 32
#define BF16_PARTS 4 // times four elements of each operand that a thread carries

struct __align__(8) RoundedFour {
  __nv_bfloat162 low;
  __nv_bfloat162 high;
};

// What one thread carries of one operand, and how it lies in shared memory.
template <bool BY_K>
struct RoundedOperand {
  static const int STRIDE = (BY_K ? BF16_STEP : BF16_TILE) + 8;
  static const int SIZE = (BY_K ? BF16_TILE : BF16_STEP) * STRIDE;
  static const int FOURS = (BY_K ? BF16_STEP : BF16_TILE) / 4; // of the contiguous extent
  static const int APART = BF16_THREADS / FOURS;               // rows or k's between two parts

  const float* at; // this thread's first element of the next step
  int extent;      // of K or of the rows, whichever is contiguous
  int left;        // by k: rows from the thread's first one on; by row: columns from its first one on
  float4 value[BF16_PARTS];

  static __device__ __forceinline__ int outer() {
    return threadIdx.x / FOURS;
  }

  static __device__ __forceinline__ int inner() {
    return threadIdx.x % FOURS * 4;
  }

  // Rows [first, rows) of the operand that begins at `source`, from k on.
  __device__ __forceinline__ RoundedOperand(
      const float* source, int contiguous, int first, int rows, int k) {
    extent = contiguous;
    int row = first + (BY_K ? outer() : inner());
    left = rows - row;
    k += BY_K ? inner() : outer();
    at = source + (BY_K ? (long long)row * extent + k : (long long)k * extent + row);
  }

  // Reads the next step of K, of which `remain` exist; zeros behind those and beyond the rows.
  __device__ __forceinline__ void read(int remain) {
#pragma unroll
    for (int part = 0; part < BF16_PARTS; part++) {
      int apart = part * APART;
      int fit = BY_K ? (left > apart ? remain - inner() : 0) : (outer() + apart < remain ? left : 0);
      const float* from = at + (long long)apart * extent;
      if (by_fours(extent) && fit >= 4) {
        value[part] = __ldg((const float4*)from);
      } else {
        value[part].x = fit > 0 ? __ldg(from) : 0.0f;
        value[part].y = fit > 1 ? __ldg(from + 1) : 0.0f;
        value[part].z = fit > 2 ? __ldg(from + 2) : 0.0f;
        value[part].w = fit > 3 ? __ldg(from + 3) : 0.0f;
      }
    }
    at += BY_K ? BF16_STEP : (long long)BF16_STEP * extent;
  }

  __device__ __forceinline__ void store(__nv_bfloat16* shared) const {
#pragma unroll
    for (int part = 0; part < BF16_PARTS; part++) {
      __nv_bfloat16* to = shared + (outer() + part * APART) * STRIDE + inner();
      RoundedFour four = {__floats2bfloat162_rn(value[part].x, value[part].y),
                          __floats2bfloat162_rn(value[part].z, value[part].w)};
      *(RoundedFour*)to = four;
    }
  }

  // Where the fragment of rows from `row` and K from `k` begins.
  static __device__ __forceinline__ int fragment_at(int row, int k) {
    return BY_K ? row * STRIDE + k : k * STRIDE + row;
  }
};

// How wmma reads a fragment of an operand that lies by k or by row: A is [m,k], B is [k,n].
template <bool BY_K>
struct Layouts {
  typedef wmma::row_major A;
  typedef wmma::col_major B;
};

template <>
struct Layouts<false> {
  typedef wmma::col_major A;
  typedef wmma::row_major B;
};

typedef wmma::fragment<wmma::accumulator, 16, 16, 16, float> Sums;

static __device__ __forceinline__ int warp_row() {
  return warp_id() / 2 * 32;
}

static __device__ __forceinline__ int warp_column() {
  return warp_id() % 2 * 64;
}

// The tile's sums over `depth` of K, from where the operands stand. `shared` holds both operands twice.
template <bool A_BY_K, bool B_BY_K>
static __device__ __forceinline__ void multiply_rounded(
    RoundedOperand<A_BY_K> a, RoundedOperand<B_BY_K> b, int depth, __nv_bfloat16* shared,
    Sums (&sums)[2][4]) {
  typedef RoundedOperand<A_BY_K> A;
  typedef RoundedOperand<B_BY_K> B;
  const int STAGE = A::SIZE + B::SIZE;
#pragma unroll
  for (int i = 0; i < 2; i++) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      wmma::fill_fragment(sums[i][j], 0.0f);
    }
  }
  if (depth <= 0) {
    return; // the same for the whole block
  }
  a.read(depth);
  b.read(depth);
  a.store(shared);
  b.store(shared + A::SIZE);
  __syncthreads();
  int now = 0;
  for (; depth > 0; depth -= BF16_STEP) {
    int remain = depth - BF16_STEP;
    if (remain > 0) {
      a.read(remain);
      b.read(remain);
    }
    const __nv_bfloat16* left = shared + now * STAGE;
    const __nv_bfloat16* right = left + A::SIZE;
#pragma unroll
    for (int k = 0; k < BF16_STEP; k += 16) {
      wmma::fragment<wmma::matrix_a, 16, 16, 16, __nv_bfloat16, typename Layouts<A_BY_K>::A> rows[2];
#pragma unroll
      for (int i = 0; i < 2; i++) {
        wmma::load_matrix_sync(rows[i], left + A::fragment_at(warp_row() + 16 * i, k), A::STRIDE);
      }
#pragma unroll
      for (int j = 0; j < 4; j++) {
        wmma::fragment<wmma::matrix_b, 16, 16, 16, __nv_bfloat16, typename Layouts<B_BY_K>::B> column;
        wmma::load_matrix_sync(column, right + B::fragment_at(warp_column() + 16 * j, k), B::STRIDE);
#pragma unroll
        for (int i = 0; i < 2; i++) {
          wmma::mma_sync(sums[i][j], rows[i], column, sums[i][j]);
        }
      }
    }
    if (remain > 0) {
      a.store(shared + (now ^ 1) * STAGE);
      b.store(shared + (now ^ 1) * STAGE + A::SIZE);
    }
    __syncthreads();
    now ^= 1;
  }
}

// c[row,column] (+)= sums + bias over the part of the tile that exists; bias may be null. Fragments pass
// through 256 floats of shared memory a warp.
static __device__ __forceinline__ void write_rounded(
    const Sums (&sums)[2][4], float* shared, const float* bias, float* c, int firstRow, int rows,
    int firstColumn, int columns, bool accumulate) {
  float* own = shared + warp_id() * 256;
#pragma unroll
  for (int i = 0; i < 2; i++) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      wmma::store_matrix_sync(own, sums[i][j], 16, wmma::mem_row_major);
      __syncwarp();
      int row = firstRow + warp_row() + 16 * i + lane_id() / 2;
      int column = firstColumn + warp_column() + 16 * j + lane_id() % 2 * 8;
      const float* from = own + lane_id() * 8;
      float* target = c + (long long)row * columns + column;
#pragma unroll
      for (int v = 0; v < 8; v += 4) {
        if (row < rows) {
          write_four(*(const float4*)(from + v), bias, target + v, column + v, columns, accumulate);
        }
      }
      __syncwarp();
    }
  }
}

// Shared memory of a tile: two stages of both operands, of which the first bytes serve the writing later.
#define BF16_SHARED(A_BY_K, B_BY_K) \
  (2 * (RoundedOperand<A_BY_K>::SIZE + RoundedOperand<B_BY_K>::SIZE))
