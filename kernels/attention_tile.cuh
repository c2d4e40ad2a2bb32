// What forward and backward attention share: tiles of 64 positions (the block's own) against 32 (those
// it walks over), by 128 threads. Thread (x, y) of 8x16 has the positions y + 16i of the 64 and x + 8j
// of the 32; a warp has whole rows of the 64, so that what a row needs of its sums stays in the warp.
// Heads are cut into chunks of DEPTH (32 or 64) columns, padded with zeros. Tiles lie in shared memory
// as rows of DEPTH + 4 floats, of which a thread reads four at a time without bank conflicts.
#pragma once
#include "common.cuh"

#define ATTENTION_THREADS 128
#define OWN 64  // positions of a block
#define PEER 32 // positions of a step
#define WEIGHT_STRIDE (PEER + 8)

template <int DEPTH>
struct Tiles {
  static const int STRIDE = DEPTH + 4;
  static const int OWN_SIZE = OWN * STRIDE;
  static const int PEER_SIZE = PEER * STRIDE;
};

static __device__ __forceinline__ int peer_lane() {
  return threadIdx.x & 7;
}

static __device__ __forceinline__ int own_lane() {
  return threadIdx.x >> 3;
}

// Sums and maxima over the eight threads that share the rows of a tile.
static __device__ __forceinline__ float row_sum(float value) {
  for (int offset = 4; offset > 0; offset >>= 1) {
    value += __shfl_xor_sync(FULL_WARP, value, offset);
  }
  return value;
}

static __device__ __forceinline__ float row_max(float value) {
  for (int offset = 4; offset > 0; offset >>= 1) {
    value = fmaxf(value, __shfl_xor_sync(FULL_WARP, value, offset));
  }
  return value;
}

// Columns [column, column + DEPTH) of `count` rows, `stride` apart; zeros beyond rows and head.
template <int ROWS, int DEPTH>
static __device__ __forceinline__ void load_rows(
    float* tile, const float* source, long long stride, int count, int column, int headSize) {
  bool vector = by_fours(headSize); // then every head and row starts at a multiple of four
  for (int i = threadIdx.x; i < ROWS * DEPTH / 4; i += ATTENTION_THREADS) {
    int row = i / (DEPTH / 4);
    int d = i % (DEPTH / 4) * 4;
    int fit = row < count ? headSize - column - d : 0;
    const float* from = source + row * stride + column + d;
    float4 value;
    if (vector && fit >= 4) {
      value = *(const float4*)from;
    } else {
      value.x = fit > 0 ? from[0] : 0.0f;
      value.y = fit > 1 ? from[1] : 0.0f;
      value.z = fit > 2 ? from[2] : 0.0f;
      value.w = fit > 3 ? from[3] : 0.0f;
    }
    *(float4*)(tile + row * Tiles<DEPTH>::STRIDE + d) = value;
  }
}

// sums[i][j] += <own row i, peer row j> over one chunk.
template <int DEPTH>
static __device__ __forceinline__ void add_products(
    const float* own, const float* peer, float (&sums)[4][4]) {
#pragma unroll 2
  for (int d = 0; d < DEPTH; d += 4) {
    float4 a[4];
    float4 b[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
      a[i] = *(const float4*)(own + (own_lane() + 16 * i) * Tiles<DEPTH>::STRIDE + d);
      b[i] = *(const float4*)(peer + (peer_lane() + 8 * i) * Tiles<DEPTH>::STRIDE + d);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
      for (int j = 0; j < 4; j++) {
        sums[i][j] += a[i].x * b[j].x;
        sums[i][j] += a[i].y * b[j].y;
        sums[i][j] += a[i].z * b[j].z;
        sums[i][j] += a[i].w * b[j].w;
      }
    }
  }
}

// The column of the chunk in which a thread's c-th sum lies.
static __device__ __forceinline__ int chunk_column(int c) {
  return peer_lane() * 4 + (c & 3) + (c >> 2) * 32;
}

static __device__ __forceinline__ void store_weights(float* weights, const float (&values)[4][4]) {
#pragma unroll
  for (int i = 0; i < 4; i++) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      weights[(own_lane() + 16 * i) * WEIGHT_STRIDE + peer_lane() + 8 * j] = values[i][j];
    }
  }
}

// sums[i] += sum over the peers of weights[own row i][peer]·peer row.
template <int DEPTH>
static __device__ __forceinline__ void add_weighted(
    const float* weights, const float* peer, float (&sums)[4][DEPTH / 8]) {
#pragma unroll 1
  for (int p = 0; p < PEER; p += 4) {
    float weight[4][4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
      *(float4*)weight[i] =
          *(const float4*)(weights + (own_lane() + 16 * i) * WEIGHT_STRIDE + p);
    }
#pragma unroll
    for (int u = 0; u < 4; u++) {
#pragma unroll
      for (int c = 0; c < DEPTH / 8; c += 4) {
        float4 value = *(const float4*)(peer + (p + u) * Tiles<DEPTH>::STRIDE + chunk_column(c));
#pragma unroll
        for (int i = 0; i < 4; i++) {
          sums[i][c] += weight[i][u] * value.x;
          sums[i][c + 1] += weight[i][u] * value.y;
          sums[i][c + 2] += weight[i][u] * value.z;
          sums[i][c + 3] += weight[i][u] * value.w;
        }
      }
    }
  }
}

// Writes a thread's sums of the rows that exist to the columns of its chunk that exist.
template <int DEPTH>
static __device__ __forceinline__ void write_rows(
    const float (&sums)[4][DEPTH / 8], float* target, long long stride, int count, int column,
    int headSize) {
#pragma unroll
  for (int i = 0; i < 4; i++) {
    int row = own_lane() + 16 * i;
#pragma unroll
    for (int c = 0; c < DEPTH / 8; c++) {
      int d = column + chunk_column(c);
      if (row < count && d < headSize) {
        target[row * stride + d] = sums[i][c];
      }
    }
  }
}

// Whether anyone in [first, first + OWN) sees anyone in the 32 positions before and with `last`, or is
// seen by them; positions of one segment are adjacent, so the nearest pair decides where tiles do not
// overlap.
static __device__ __forceinline__ bool connected(const int* segments, int earlier, int later) {
  return earlier >= later || (segments[earlier] == segments[later] && segments[later] >= 0);
}
