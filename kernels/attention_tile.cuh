// What forward and backward attention share: products of tiles of a block's own positions with tiles of
// the positions ("peers") that it walks over. A warp makes 4·ROWS x 8·COLUMNS of such a tile as 4x8
// threads, thread (y, x) the positions y + 4i and x + 8j: the larger its part, the fewer reads of shared
// memory a multiplication needs. A warp has whole rows, so that what a row needs of its sums stays in it.
// Threads stand in Z-order, in which neighbours share a row or a column in turn (the order of CUTLASS's and
// maxas's products): up to 3 % faster on an H200 than rows of eight.
// Heads are cut into chunks of DEPTH (32 or 64) columns, padded with zeros. Groups of four columns of a
// row are permuted by the row's number, so that neither threads that read a column nor threads that read a
// row meet a bank conflict; padding would do the same and not fit in the 64 KB of an sm_75.
#pragma once
#include "common.cuh"

#define LOG2_E 1.4426950408889634f // exponentials are powers of two, the hardware's own

static __device__ __forceinline__ int row_lane() {
  return (threadIdx.x & 1) | (threadIdx.x >> 1 & 2);
}

static __device__ __forceinline__ int column_lane() {
  return (threadIdx.x >> 1 & 1) | (threadIdx.x >> 2 & 6);
}

// The maximum or sum over the eight threads that share the rows of a tile.
static __device__ __forceinline__ float row_max(float value) {
  value = fmaxf(value, __shfl_xor_sync(FULL_WARP, value, 2));
  value = fmaxf(value, __shfl_xor_sync(FULL_WARP, value, 8));
  return fmaxf(value, __shfl_xor_sync(FULL_WARP, value, 16));
}

static __device__ __forceinline__ float row_sum(float value) {
  value += __shfl_xor_sync(FULL_WARP, value, 2);
  value += __shfl_xor_sync(FULL_WARP, value, 8);
  return value + __shfl_xor_sync(FULL_WARP, value, 16);
}

// Where column d of a row is in a tile.
template <int DEPTH>
static __device__ __forceinline__ int in_tile(int row, int d) {
  return row * DEPTH + (d ^ (row & 7) << 2);
}

// Columns [column, column + DEPTH) of `count` rows, `stride` apart; zeros beyond rows and head. Reads
// eight times four before it writes, so that they are under way together.
template <int ROWS, int DEPTH, int THREADS>
static __device__ __forceinline__ void load_rows(
    float* tile, const float* source, long long stride, int count, int column, int headSize) {
  const int FOURS = DEPTH / 4;
  const int BATCH = ROWS * FOURS / THREADS < 8 ? ROWS * FOURS / THREADS : 8;
  int d = threadIdx.x % FOURS * 4;
  int fit = headSize - column - d;
  source += column + d;
  if (by_fours(headSize)) { // then every head and row starts at a multiple of four
#pragma unroll 1
    for (int first = threadIdx.x / FOURS; first < ROWS; first += BATCH * (THREADS / FOURS)) {
      float4 values[BATCH];
#pragma unroll
      for (int i = 0; i < BATCH; i++) {
        int row = first + i * (THREADS / FOURS);
        values[i] = row < count && fit > 0 ? __ldg((const float4*)(source + row * stride))
                                           : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
      }
#pragma unroll
      for (int i = 0; i < BATCH; i++) {
        *(float4*)(tile + in_tile<DEPTH>(first + i * (THREADS / FOURS), d)) = values[i];
      }
    }
    return;
  }
#pragma unroll 1
  for (int row = threadIdx.x / FOURS; row < ROWS; row += THREADS / FOURS) {
    const float* from = source + row * stride;
    int there = row < count ? fit : 0;
    float4 value;
    value.x = there > 0 ? from[0] : 0.0f;
    value.y = there > 1 ? from[1] : 0.0f;
    value.z = there > 2 ? from[2] : 0.0f;
    value.w = there > 3 ? from[3] : 0.0f;
    *(float4*)(tile + in_tile<DEPTH>(row, d)) = value;
  }
}

// sums[i][j] += <own row i, peer row j> over one chunk; `first` is the thread's first own row. Registers
// hold four columns of all peers and of one own row after the other.
template <int DEPTH, int ROWS, int COLUMNS>
static __device__ __forceinline__ void add_products(
    const float* own, const float* peer, int first, float (&sums)[ROWS][COLUMNS]) {
  own += first * DEPTH;
  peer += column_lane() * DEPTH;
#pragma unroll 1
  for (int d = 0; d < DEPTH; d += 4) {
    int ownAt = d ^ row_lane() << 2; // in even rows of the thread; the odd ones are four further
    int peerAt = d ^ column_lane() << 2;
    float4 b[COLUMNS];
#pragma unroll
    for (int j = 0; j < COLUMNS; j++) {
      b[j] = *(const float4*)(peer + 8 * j * DEPTH + peerAt);
    }
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
      float4 a = *(const float4*)(own + 4 * i * DEPTH + (i & 1 ? ownAt ^ 16 : ownAt));
#pragma unroll
      for (int j = 0; j < COLUMNS; j++) {
        sums[i][j] += a.x * b[j].x;
      }
#pragma unroll
      for (int j = 0; j < COLUMNS; j++) {
        sums[i][j] += a.y * b[j].y;
      }
#pragma unroll
      for (int j = 0; j < COLUMNS; j++) {
        sums[i][j] += a.z * b[j].z;
      }
#pragma unroll
      for (int j = 0; j < COLUMNS; j++) {
        sums[i][j] += a.w * b[j].w;
      }
    }
  }
}

// Where the weight of a row for peer p is among the weights of PEERS peers. The four rows of a warp's
// threads lie in different banks, written one by one or read by fours.
template <int PEERS>
static __device__ __forceinline__ int in_weights(int row, int p) {
  return row * PEERS + (p ^ (row & 3) << 3);
}

// The column of the chunk in which a thread's c-th sum lies.
static __device__ __forceinline__ int chunk_column(int c) {
  return column_lane() * 4 + (c & 3) + (c >> 2) * 32;
}

// sums[i] += sum over peers of weights[own row i][peer]·peer row.
template <int DEPTH, int PEERS, int ROWS>
static __device__ __forceinline__ void add_weighted(
    const float* weights, const float* peer, int first, float (&sums)[ROWS][DEPTH / 8]) {
  weights += first * PEERS;
#pragma unroll 1
  for (int p = 0; p < PEERS; p += 4) {
    int at = p ^ row_lane() << 3;
    float weight[ROWS][4];
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
      *(float4*)weight[i] = *(const float4*)(weights + 4 * i * PEERS + at);
    }
#pragma unroll
    for (int u = 0; u < 4; u++) {
#pragma unroll
      for (int c = 0; c < DEPTH / 8; c += 4) {
        float4 value = *(const float4*)(peer + in_tile<DEPTH>(p + u, chunk_column(c)));
#pragma unroll
        for (int i = 0; i < ROWS; i++) {
          sums[i][c] += weight[i][u] * value.x;
          sums[i][c + 1] += weight[i][u] * value.y;
          sums[i][c + 2] += weight[i][u] * value.z;
          sums[i][c + 3] += weight[i][u] * value.w;
        }
      }
    }
  }
}

// Writes a thread's sums of the rows that exist to the columns of its chunk that exist, times `factor`.
template <int DEPTH, int ROWS>
static __device__ __forceinline__ void write_rows(
    const float (&sums)[ROWS][DEPTH / 8], float* target, long long stride, int first, int count,
    int column, int headSize, float factor) {
#pragma unroll
  for (int i = 0; i < ROWS; i++) {
    int row = first + 4 * i;
#pragma unroll
    for (int c = 0; c < DEPTH / 8; c += 4) {
      int d = column + chunk_column(c);
      if (row >= count || d >= headSize) {
        continue;
      }
      float* to = target + row * stride + d;
      float4 value = make_float4(sums[i][c] * factor, sums[i][c + 1] * factor,
                                 sums[i][c + 2] * factor, sums[i][c + 3] * factor);
      if (by_fours(headSize)) {
        *(float4*)to = value;
        continue;
      }
      to[0] = value.x;
      if (d + 1 < headSize) {
        to[1] = value.y;
      }
      if (d + 2 < headSize) {
        to[2] = value.z;
      }
      if (d + 3 < headSize) {
        to[3] = value.w;
      }
    }
  }
}

// The segment of a position of a row, none beyond its end.
static __device__ __forceinline__ int segment_of(const int* row, int position, int time) {
  return position < time ? row[position] : -1;
}

// Whether the positions from `earlier` to `later` are of one segment, which lies in one piece.
static __device__ __forceinline__ bool joined(const int* row, int earlier, int later) {
  return row[earlier] == row[later] && row[later] >= 0;
}

// Whether anyone of a tile that ends with `earlier` is seen from a tile that begins with `later`; the
// nearest pair decides where tiles do not overlap.
static __device__ __forceinline__ bool connected(const int* row, int earlier, int later) {
  return earlier >= later || joined(row, earlier, later);
}

// Puts `unseen` where a query does not see a key: own positions, of which this thread's first is given,
// are queries or keys, peers from `peer` on the others.
template <bool OWN_ARE_QUERIES, int ROWS, int COLUMNS>
static __device__ __forceinline__ void mask(
    const int* row, int own, int peer, int time, float unseen, float (&values)[ROWS][COLUMNS]) {
  int mine[ROWS];
#pragma unroll
  for (int i = 0; i < ROWS; i++) {
    mine[i] = segment_of(row, own + 4 * i, time);
  }
#pragma unroll
  for (int j = 0; j < COLUMNS; j++) {
    int other = peer + column_lane() + 8 * j;
    int segment = segment_of(row, other, time);
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
      int apart = OWN_ARE_QUERIES ? own + 4 * i - other : other - own - 4 * i;
      bool sees = apart >= 0 && segment == mine[i] && segment >= 0;
      values[i][j] = sees ? values[i][j] : unseen;
    }
  }
}

// What a block works on: positions [first, first + count) of one head of one row.
struct Place {
  int batch;
  int head; // its first column
  int first;
  int count;
  int width;
  long long stride; // between positions of qkv
  const int* row;

  __device__ __forceinline__ Place(
      const int* segments, int pair, int tile, int own, int time, int heads, int headSize) {
    batch = pair / heads;
    head = pair % heads * headSize;
    first = tile * own;
    count = min(own, time - first);
    width = heads * headSize;
    stride = 3LL * width;
    row = segments + (long long)batch * time;
  }
};
