// One tile of C = A·B in single precision by a block of 256 threads: operands pass through shared
// memory 8 or 16 of K at a time, so that each thread carries four elements of each, double-buffered, so
// that the next step's loads are under way while this one is multiplied; each thread keeps (TILE/16)^2
// sums in registers.
// An operand is "by k" if K is its contiguous extent ([rows,K]), else by row ([K,rows]). In shared
// memory it lies by row, its columns permuted by k so that neither side meets a bank conflict, and such
// that aligned groups of four stay together.
#pragma once
#include "write_four.cuh"

#define MATMUL_THREADS 256

template <int TILE>
struct Step {
  static const int DEPTH = 4 * MATMUL_THREADS / TILE; // of K
  static const int FOURS = DEPTH / 4;

  // Where element (k, row) is in shared memory.
  static __device__ __forceinline__ int at(int k, int row) {
    return k * TILE + (row ^ (k / 4 % FOURS * (32 / FOURS)));
  }
};

// What one thread carries of one operand from global to shared memory.
template <int TILE, bool BY_K>
struct Operand {
  typedef Step<TILE> S;
  const float* at; // this thread's first element of the next step
  int extent;      // of K or of the rows, whichever is contiguous
  int left;        // by k: rows from the thread's own on; by row: columns from its first one on
  float4 value;

  static __device__ __forceinline__ int k_of_thread() {
    return BY_K ? threadIdx.x % S::FOURS * 4 : threadIdx.x / (TILE / 4);
  }

  static __device__ __forceinline__ int row_of_thread() {
    return BY_K ? threadIdx.x / S::FOURS : threadIdx.x % (TILE / 4) * 4;
  }

  // Rows [first, rows) of the operand that begins at `source`, from k on.
  __device__ __forceinline__ Operand(
      const float* source, int contiguous, int first, int rows, int k) {
    extent = contiguous;
    int row = first + row_of_thread();
    left = rows - row;
    k += k_of_thread();
    at = source + (BY_K ? (long long)row * extent + k : (long long)k * extent + row);
  }

  // Reads the next step of K, of which `remain` exist; zeros behind those and beyond the rows.
  __device__ __forceinline__ void read(int remain) {
    int k = k_of_thread();
    int fit = BY_K ? (left > 0 ? remain - k : 0) : (k < remain ? left : 0);
    if (by_fours(extent) && fit >= 4) {
      value = __ldg((const float4*)at);
    } else {
      value.x = fit > 0 ? __ldg(at) : 0.0f;
      value.y = fit > 1 ? __ldg(at + 1) : 0.0f;
      value.z = fit > 2 ? __ldg(at + 2) : 0.0f;
      value.w = fit > 3 ? __ldg(at + 3) : 0.0f;
    }
    at += BY_K ? S::DEPTH : (long long)S::DEPTH * extent;
  }

  __device__ __forceinline__ void store(float* shared) const {
    int k = k_of_thread();
    float* to = shared + S::at(k, row_of_thread());
    if (BY_K) {
      to[0] = value.x;
      to[TILE] = value.y;
      to[2 * TILE] = value.z;
      to[3 * TILE] = value.w;
    } else {
      *(float4*)to = value;
    }
  }
};

// Where a thread's sums lie in the tile: a warp takes 16 rows and 32 columns of each quarter, so that
// its reads of one k are broadcasts and conflict-free.
static __device__ __forceinline__ int row_in_tile(int i) {
  return (warp_id() / 2 * 4 + lane_id() / 8) * 4 + (i & 3) + (i >> 2) * 64;
}

static __device__ __forceinline__ int column_in_tile(int j) {
  return (warp_id() % 2 * 8 + lane_id() % 8) * 4 + (j & 3) + (j >> 2) * 64;
}

// sums[i][j] += products over one step in shared memory.
template <int TILE>
static __device__ __forceinline__ void multiply_step(
    const float* a, const float* b, float (&sums)[TILE / 16][TILE / 16]) {
  const int EDGE = TILE / 16;
  // four of K at a time share their permutation; unrolled further, registers would not do
#pragma unroll 1
  for (int four = 0; four < Step<TILE>::FOURS; four++) {
    const float* rows = a + Step<TILE>::at(four * 4, row_in_tile(0));
    const float* columns = b + Step<TILE>::at(four * 4, column_in_tile(0));
#pragma unroll
    for (int k = 0; k < 4; k++) {
      float left[EDGE];
      float right[EDGE];
#pragma unroll
      for (int i = 0; i < EDGE; i += 4) {
        *(float4*)(left + i) = *(const float4*)(rows + k * TILE + i * 16);
        *(float4*)(right + i) = *(const float4*)(columns + k * TILE + i * 16);
      }
#pragma unroll
      for (int i = 0; i < EDGE; i++) {
#pragma unroll
        for (int j = 0; j < EDGE; j++) {
          sums[i][j] += left[i] * right[j];
        }
      }
    }
  }
}

// The tile's sums over `depth` of K, from where the operands stand.
template <int TILE, bool A_BY_K, bool B_BY_K>
static __device__ __forceinline__ void multiply_tile(
    Operand<TILE, A_BY_K> a, Operand<TILE, B_BY_K> b, int depth,
    float (&sums)[TILE / 16][TILE / 16]) {
  __shared__ __align__(16) float left[2][4 * MATMUL_THREADS];
  __shared__ __align__(16) float right[2][4 * MATMUL_THREADS];
#pragma unroll
  for (int i = 0; i < TILE / 16; i++) {
#pragma unroll
    for (int j = 0; j < TILE / 16; j++) {
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
  for (; depth > 0; depth -= Step<TILE>::DEPTH) {
    int remain = depth - Step<TILE>::DEPTH;
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

// c[row,column] (+)= sums + bias over the part of the tile that exists.
template <int TILE>
static __device__ __forceinline__ void write_tile(
    const float (&sums)[TILE / 16][TILE / 16], const float* bias, float* c, int firstRow, int rows,
    int firstColumn, int columns, bool accumulate) {
#pragma unroll
  for (int i = 0; i < TILE / 16; i++) {
    int row = firstRow + row_in_tile(i);
    if (row >= rows) {
      continue;
    }
#pragma unroll
    for (int j = 0; j < TILE / 16; j += 4) {
      int column = firstColumn + column_in_tile(j);
      float4 value = make_float4(sums[i][j], sums[i][j + 1], sums[i][j + 2], sums[i][j + 3]);
      write_four(value, bias, c + (long long)row * columns + column, column, columns, accumulate);
    }
  }
}
