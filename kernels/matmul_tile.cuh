// One tile of C = A·B in single precision by a block of TILE threads: operands pass through shared memory
// eight of K at a time, double-buffered, so that the next step's loads are under way while this one is
// multiplied. A warp makes 32 rows of the tile, a thread 8 x TILE/8 sums in registers: the larger its part,
// the fewer reads of shared memory a multiplication needs.
// An operand is "by k" if K is its contiguous extent ([rows,K]), else by row ([K,rows]). In shared
// memory it lies by row; the second four of K have their halves of 16 rows swapped, so that neither side
// meets a bank conflict and aligned groups of four stay together.
#pragma once
#include "write_four.cuh"

#define STEP 8 // of K at a time

// Where element (k, row) of a step is in shared memory.
template <int TILE>
static __device__ __forceinline__ int place(int k, int row) {
  return k * TILE + (row ^ (k / 4 * 16));
}

// What one thread carries of one operand from global to shared memory: two times four elements.
template <int TILE, bool BY_K>
struct Operand {
  static const int APART = BY_K ? TILE / 2 : STEP / 2; // rows or k's between the two
  const float* at; // this thread's first element of the next step
  int stride;      // between rows (by k) or between k's
  int left;        // by k: rows from the thread's first one on; by row: columns from its own on
  float4 value[2];

  static __device__ __forceinline__ int k_of_thread() {
    return BY_K ? threadIdx.x % 2 * 4 : threadIdx.x / (TILE / 4);
  }

  static __device__ __forceinline__ int row_of_thread() {
    return BY_K ? threadIdx.x / 2 : threadIdx.x % (TILE / 4) * 4;
  }

  // Rows [first, rows) of the operand that begins at `source`, from k on.
  __device__ __forceinline__ Operand(const float* source, int apart, int first, int rows, int k) {
    stride = apart;
    int row = first + row_of_thread();
    left = rows - row;
    k += k_of_thread();
    at = source + (BY_K ? (long long)row * stride + k : (long long)k * stride + row);
  }

  // Reads the next step of K, of which `remain` exist; zeros behind those and beyond the rows.
  __device__ __forceinline__ void read(int remain) {
    int k = k_of_thread();
#pragma unroll
    for (int part = 0; part < 2; part++) {
      int fit = BY_K ? (left > part * APART ? remain - k : 0) : (k + part * APART < remain ? left : 0);
      const float* from = at + (long long)part * APART * stride;
      if (by_fours(stride) && fit >= 4) {
        value[part] = __ldg((const float4*)from);
      } else {
        value[part].x = fit > 0 ? __ldg(from) : 0.0f;
        value[part].y = fit > 1 ? __ldg(from + 1) : 0.0f;
        value[part].z = fit > 2 ? __ldg(from + 2) : 0.0f;
        value[part].w = fit > 3 ? __ldg(from + 3) : 0.0f;
      }
    }
    at += BY_K ? STEP : (long long)STEP * stride;
  }

  __device__ __forceinline__ void store(float* shared) const {
#pragma unroll
    for (int part = 0; part < 2; part++) {
      int k = k_of_thread() + (BY_K ? 0 : part * APART);
      int row = row_of_thread() + (BY_K ? part * APART : 0);
      float* to = shared + place<TILE>(k, row);
      if (BY_K) {
        to[0] = value[part].x;
        to[TILE] = value[part].y;
        to[2 * TILE] = value[part].z;
        to[3 * TILE] = value[part].w;
      } else {
        *(float4*)to = value[part];
      }
    }
  }
};

// Where a thread's sums lie in the tile: eight lanes share a row, four a column, so that a warp's reads of
// one k are broadcasts of few banks.
static __device__ __forceinline__ int row_in_tile(int i) {
  return warp_id() * 32 + lane_id() / 8 * 4 + (i & 3) + (i >> 2) * 16;
}

static __device__ __forceinline__ int column_in_tile(int j) {
  return lane_id() % 8 * 4 + (j & 3) + (j >> 2) * 32;
}

// sums[i][j] += products over one step in shared memory.
template <int TILE>
static __device__ __forceinline__ void multiply_step(
    const float* a, const float* b, float (&sums)[8][TILE / 8]) {
#pragma unroll
  for (int k = 0; k < STEP; k++) {
    float left[8];
    float right[TILE / 8];
#pragma unroll
    for (int i = 0; i < 8; i += 4) {
      *(float4*)(left + i) = *(const float4*)(a + place<TILE>(k, row_in_tile(i)));
    }
#pragma unroll
    for (int j = 0; j < TILE / 8; j += 4) {
      *(float4*)(right + j) = *(const float4*)(b + place<TILE>(k, column_in_tile(j)));
    }
#pragma unroll
    for (int i = 0; i < 8; i++) {
#pragma unroll
      for (int j = 0; j < TILE / 8; j++) {
        sums[i][j] += left[i] * right[j];
      }
    }
  }
}

// The tile's sums over `depth` of K, from where the operands stand.
template <int TILE, bool A_BY_K, bool B_BY_K>
static __device__ __forceinline__ void multiply_tile(
    Operand<TILE, A_BY_K> a, Operand<TILE, B_BY_K> b, int depth, float (&sums)[8][TILE / 8]) {
  __shared__ __align__(16) float left[2][STEP * TILE];
  __shared__ __align__(16) float right[2][STEP * TILE];
#pragma unroll
  for (int i = 0; i < 8; i++) {
#pragma unroll
    for (int j = 0; j < TILE / 8; j++) {
      sums[i][j] = 0.0f;
    }
  }
  if (depth <= 0) {
    return; // the same for the whole block
  }
  a.read(depth);
  b.read(depth);
  a.store(left[0]);
  b.store(right[0]);
  __syncthreads();
  int now = 0;
  for (; depth > 0; depth -= STEP) {
    int remain = depth - STEP;
    if (remain > 0) {
      a.read(remain);
      b.read(remain);
    }
    multiply_step<TILE>(left[now], right[now], sums);
    if (remain > 0) {
      a.store(left[now ^ 1]);
      b.store(right[now ^ 1]);
    }
    __syncthreads();
    now ^= 1;
  }
}

// c[row,column] (+)= sums + bias over the part of the tile that exists; rows of c are `stride` apart.
template <int TILE>
static __device__ __forceinline__ void write_tile(
    const float (&sums)[8][TILE / 8], const float* bias, float* c, int stride, int firstRow,
    int rows, int firstColumn, int columns, bool accumulate) {
#pragma unroll
  for (int i = 0; i < 8; i++) {
    int row = firstRow + row_in_tile(i);
    if (row >= rows) {
      continue;
    }
    float* target = c + (long long)row * stride;
#pragma unroll
    for (int j = 0; j < TILE / 8; j += 4) {
      int column = firstColumn + column_in_tile(j);
      float4 value = make_float4(sums[i][j], sums[i][j + 1], sums[i][j + 2], sums[i][j + 3]);
      write_four(value, bias, target, stride, column, columns, accumulate);
    }
  }
}
