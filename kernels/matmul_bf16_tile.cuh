// One tile of C = A·B by tensor cores (wmma, 16x16x16) from operands that round_bf16 made; products are
// summed in single precision. A block of 128 threads makes 128x128 of C, 32 of K at a time, double-buffered;
// a warp makes 64x64, in 4x4 fragments, so that each fragment it loads serves four products.
// As in matmul_tile.cuh an operand is "by k" ([rows,K]) or by row ([K,rows]). It keeps that order in shared
// memory, padded by eight so that the rows of a fragment start in different banks. Its contiguous extent is
// padded with zeros to whole eights.
// Through wmma and not mma: a fragment's layout stays the compiler's business.
#pragma once
#include "bf16.cuh"
#include "write_four.cuh"

#define BF16_THREADS 128
#define BF16_TILE 128
#define BF16_STEP 32
#define BF16_PARTS 4 // times eight elements of each operand that a thread carries

// What one thread carries of one operand, and how it lies in shared memory.
template <bool BY_K>
struct RoundedOperand {
  static const int PITCH = (BY_K ? BF16_STEP : BF16_TILE) + 8;
  static const int SIZE = (BY_K ? BF16_TILE : BF16_STEP) * PITCH;
  static const int EIGHTS = (BY_K ? BF16_STEP : BF16_TILE) / 8; // of the contiguous extent
  static const int APART = BF16_THREADS / EIGHTS;               // rows or k's between two parts

  const unsigned short* at; // this thread's first element of the next step
  int stride;               // between rows (by k) or between k's
  int left;                 // by k: rows from the thread's first one on; by row: columns likewise
  int4 value[BF16_PARTS];

  static __device__ __forceinline__ int outer() {
    return threadIdx.x / EIGHTS;
  }

  static __device__ __forceinline__ int inner() {
    return threadIdx.x % EIGHTS * 8;
  }

  // Rows [first, rows) of the operand that begins at `source`, from k on.
  __device__ __forceinline__ RoundedOperand(
      const unsigned short* source, int apart, int first, int rows, int k) {
    stride = apart;
    int row = first + (BY_K ? outer() : inner());
    left = rows - row;
    k += BY_K ? inner() : outer();
    at = source + (BY_K ? (long long)row * stride + k : (long long)k * stride + row);
  }

  // Reads the next step of K, of which `remain` exist; zeros behind those and beyond the rows.
  __device__ __forceinline__ void read(int remain) {
#pragma unroll
    for (int part = 0; part < BF16_PARTS; part++) {
      int apart = part * APART;
      bool there = BY_K ? left > apart && inner() < remain : left > 0 && outer() + apart < remain;
      const int4* from = (const int4*)(at + (long long)apart * stride);
      value[part] = there ? __ldg(from) : make_int4(0, 0, 0, 0);
    }
    at += BY_K ? BF16_STEP : (long long)BF16_STEP * stride;
  }

  __device__ __forceinline__ void store(__nv_bfloat16* shared) const {
#pragma unroll
    for (int part = 0; part < BF16_PARTS; part++) {
      *(int4*)(shared + (outer() + part * APART) * PITCH + inner()) = value[part];
    }
  }

  // Where the fragment of rows from `row` and K from `k` begins.
  static __device__ __forceinline__ int fragment_at(int row, int k) {
    return BY_K ? row * PITCH + k : k * PITCH + row;
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
  return warp_id() / 2 * 64;
}

static __device__ __forceinline__ int warp_column() {
  return warp_id() % 2 * 64;
}

// The tile's sums over `depth` of K, from where the operands stand. `shared` holds both operands twice.
template <bool A_BY_K, bool B_BY_K>
static __device__ __forceinline__ void multiply_rounded(
    RoundedOperand<A_BY_K> a, RoundedOperand<B_BY_K> b, int depth, __nv_bfloat16* shared,
    Sums (&sums)[4][4]) {
  typedef RoundedOperand<A_BY_K> A;
  typedef RoundedOperand<B_BY_K> B;
  const int STAGE = A::SIZE + B::SIZE;
#pragma unroll
  for (int i = 0; i < 4; i++) {
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
      wmma::fragment<wmma::matrix_a, 16, 16, 16, __nv_bfloat16, typename Layouts<A_BY_K>::A> rows[4];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        wmma::load_matrix_sync(rows[i], left + A::fragment_at(warp_row() + 16 * i, k), A::PITCH);
      }
#pragma unroll
      for (int j = 0; j < 4; j++) {
        wmma::fragment<wmma::matrix_b, 16, 16, 16, __nv_bfloat16, typename Layouts<B_BY_K>::B> column;
        wmma::load_matrix_sync(column, right + B::fragment_at(warp_column() + 16 * j, k), B::PITCH);
#pragma unroll
        for (int i = 0; i < 4; i++) {
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
    const Sums (&sums)[4][4], float* shared, const float* bias, float* c, int stride, int firstRow,
    int rows, int firstColumn, int columns, bool accumulate) {
  float* own = shared + warp_id() * 256;
#pragma unroll
  for (int i = 0; i < 4; i++) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      wmma::store_matrix_sync(own, sums[i][j], 16, wmma::mem_row_major);
      __syncwarp();
      int row = firstRow + warp_row() + 16 * i + lane_id() / 2;
      int column = firstColumn + warp_column() + 16 * j + lane_id() % 2 * 8;
      const float* from = own + lane_id() * 8;
      float* target = c + (long long)row * stride;
#pragma unroll
      for (int v = 0; v < 8; v += 4) {
        if (row < rows) {
          write_four(*(const float4*)(from + v), bias, target, stride, column + v, columns, accumulate);
        }
      }
      __syncwarp();
    }
  }
}

// Shared memory of a tile: two stages of both operands, of which the first bytes serve the writing later.
#define BF16_SHARED(A_BY_K, B_BY_K) \
  (2 * (RoundedOperand<A_BY_K>::SIZE + RoundedOperand<B_BY_K>::SIZE))
