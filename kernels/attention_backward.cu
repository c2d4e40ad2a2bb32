// The gradient of attention (attention.cu) without its matrix: with P the probabilities worked out anew
// from lse, dP = dOut·V^T and delta = <dOut, out> of a row, dS = P·(dP - delta); dV = P^T·dOut, dK =
// scale·dS^T·Q, dQ = scale·dS·K. One kernel owns keys and walks over the queries that see them, one owns
// queries and walks over the keys that they see: the scores are computed twice, and nothing is added by
// two blocks. Source: Dao 2023 (FlashAttention-2), algorithm 2.
// Half of a block's warps multiply for P and the other half for dP, at the same time: so no thread needs
// registers for both, and each can keep 8x8 sums.
// Shapes: qkv, dQkv [B·T,3C]; segments I32 [B,T]; out, dOut [B·T,C]; lse, delta [B,H,T]. Grid: delta one
// warp for a head of a row, 8 a block of 256; the others (B·H, ceil(T/64), chunks) of 128 threads, chunks as
// forward. Shared memory: 768·DEPTH bytes of tiles and 8,192 of weights, 16,384 for keys, dynamic.
// 7BT^2·C FLOPs (two products more than the five needed); moves 32BTC bytes at least. At W1 (B 8, T 256, C
// 256): 0.94 GFLOP, 14 us on an H100 at 67 TFLOP/s (17 MB: 5 us).
#include "attention_tile.cuh"

extern "C" __global__ void attention_delta_f32(
    const float* out, const float* dOut, float* delta, int rows, int time, int heads,
    int headSize) {
  long long index = blockIdx.x * (long long)(blockDim.x >> 5) + warp_id();
  if (index >= (long long)rows * heads) {
    return;
  }
  int row = (int)(index / heads);
  int head = (int)(index % heads);
  long long at = index * headSize;
  float sum = 0.0f;
  for (int d = lane_id(); d < headSize; d += 32) {
    sum += out[at + d] * dOut[at + d];
  }
  sum = warp_sum(sum);
  if (lane_id() == 0) {
    delta[((long long)(row / time) * heads + head) * time + row % time] = sum;
  }
}

// A thread of a block of the backward kernels, its role, and where the block's tiles of one chunk lie: two
// of its own positions (q and dOut, or k and v), two of peers (the others), the first for role 0; and the
// weights of either role.
template <int DEPTH, int ROWS, int COLUMNS>
struct Worker {
  static const int THREADS = 128;
  static const int OWN = 8 * ROWS;
  static const int PEER = 8 * COLUMNS;

  float* shared;
  int role;
  int warpRow; // the first row of the warp in the tile
  int row;     // and of the thread

  __device__ __forceinline__ explicit Worker(float* memory) {
    shared = memory;
    role = warp_id() >> 1;
    warpRow = (warp_id() & 1) * 4 * ROWS;
    row = warpRow + row_lane();
  }

  __device__ __forceinline__ float* own(int of) const {
    return shared + of * OWN * DEPTH;
  }

  __device__ __forceinline__ float* peer(int of) const {
    return shared + (2 * OWN + of * PEER) * DEPTH;
  }

  __device__ __forceinline__ float* weights(int of) const {
    return shared + 2 * (OWN + PEER) * DEPTH + of * OWN * PEER;
  }

  __device__ __forceinline__ int weight(int i, int j) const {
    return in_weights<PEER>(row + 4 * i, column_lane() + 8 * j);
  }

  __device__ __forceinline__ void load_own(
      int of, const float* source, long long stride, int count, int column, int headSize) const {
    load_rows<OWN, DEPTH, THREADS>(own(of), source, stride, count, column, headSize);
  }

  __device__ __forceinline__ void load_peer(
      int of, const float* source, long long stride, int count, int column, int headSize) const {
    load_rows<PEER, DEPTH, THREADS>(peer(of), source, stride, count, column, headSize);
  }

  // Columns [FROM, TO) of a thread's part become weights of role 0.
  template <int FROM, int TO>
  __device__ __forceinline__ void give(const float (&part)[ROWS][COLUMNS]) const {
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
#pragma unroll
      for (int j = FROM; j < TO; j++) {
        weights(0)[weight(i, j)] = part[i][j];
      }
    }
  }

  // Columns [FROM, TO) of a thread's part times the weights of role 0 become weights.
  template <int FROM, int TO>
  __device__ __forceinline__ void take(const float (&part)[ROWS][COLUMNS], int of) const {
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
#pragma unroll
      for (int j = FROM; j < TO; j++) {
        weights(of)[weight(i, j)] = part[i][j] * weights(0)[weight(i, j)];
      }
    }
  }
};

// Each role has what the other lacks: they exchange halves, and each makes dS of its half of the keys and
// its own sums over those.
template <int DEPTH, int ROWS, int COLUMNS>
static __device__ __forceinline__ void attention_backward_query(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int time, int heads, int headSize, float scale) {
  typedef Worker<DEPTH, ROWS, COLUMNS> Work;
  const int HALF = COLUMNS / 2;
  DYN_SHARED(float, shared);
  Work work(shared);
  // the tiles with the most keys first, so that none of them is left at the end
  Place place(segments, gridDim.y - 1 - blockIdx.y, Work::OWN, time, heads, headSize);
  long long start = (long long)place.batch * time;
  const float* queries = qkv + (start + place.first) * place.stride + place.head;
  const float* above = dOut + (start + place.first) * place.width + place.head;
  int chunks = gridDim.z;
  int query = place.first + work.row;
  int warpFirst = place.first + work.warpRow;
  int warpLast = min(warpFirst + 4 * ROWS, time) - 1;
  float statistic[ROWS]; // lse of powers of two, or delta
#pragma unroll
  for (int i = 0; i < ROWS; i++) {
    long long at = (long long)blockIdx.x * time + query + 4 * i;
    bool there = query + 4 * i < time;
    statistic[i] = !there ? 0.0f : work.role ? delta[at] : lse[at] * LOG2_E;
  }
  float sums[ROWS][DEPTH / 8] = {};
  bool loaded = false;
  for (int key = 0; key < place.first + place.count; key += Work::PEER) {
    if (!connected(place.row, key + Work::PEER - 1, place.first)) {
      continue; // the same for the whole block
    }
    int present = min(Work::PEER, time - key);
    const float* keys = qkv + (start + key) * place.stride + place.width + place.head;
    bool sees = key <= warpLast && warpFirst < time; // the same for the whole warp
    float part[ROWS][COLUMNS] = {};
    for (int chunk = 0; chunk < chunks; chunk++) {
      int column = chunk * DEPTH;
      __syncthreads();
      if (chunks > 1 || !loaded) {
        work.load_own(0, queries, place.stride, place.count, column, headSize);
        work.load_own(1, above, place.width, place.count, column, headSize);
        loaded = true;
      }
      work.load_peer(0, keys, place.stride, present, column, headSize);
      work.load_peer(1, keys + place.width, place.stride, present, column, headSize);
      __syncthreads();
      if (sees) {
        add_products<DEPTH>(work.own(work.role), work.peer(work.role), work.row, part);
      }
    }
    if (chunks > 1) {
      __syncthreads();
      work.load_peer(0, keys, place.stride, present, blockIdx.z * DEPTH, headSize);
    }
    if (sees && work.role == 0) {
#pragma unroll
      for (int i = 0; i < ROWS; i++) {
#pragma unroll
        for (int j = 0; j < COLUMNS; j++) {
          part[i][j] = exp2f(part[i][j] * (scale * LOG2_E) - statistic[i]);
        }
      }
      if (key + Work::PEER - 1 > warpFirst || !joined(place.row, key, warpLast)) {
        mask<true>(place.row, query, key, time, 0.0f, part);
      }
      work.template give<HALF, COLUMNS>(part);
    } else if (sees) {
#pragma unroll
      for (int i = 0; i < ROWS; i++) {
#pragma unroll
        for (int j = 0; j < COLUMNS; j++) {
          part[i][j] -= statistic[i];
        }
      }
      work.template give<0, HALF>(part);
    }
    __syncthreads();
    if (!sees) {
      continue;
    }
    if (work.role == 0) {
      work.template take<0, HALF>(part, 0);
    } else {
      work.template take<HALF, COLUMNS>(part, 0);
    }
    __syncwarp(); // the half of these rows is read by this warp alone
    int from = work.role * (Work::PEER / 2);
    add_weighted<DEPTH, ROWS, Work::PEER, Work::PEER / 2>(
        work.weights(0), work.peer(0) + from * DEPTH, work.row, from, sums);
  }
  __syncthreads();
  if (work.role == 1) {
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
#pragma unroll
      for (int c = 0; c < DEPTH / 8; c++) {
        shared[in_tile<DEPTH>(work.row + 4 * i, chunk_column(c))] = sums[i][c];
      }
    }
  }
  __syncthreads();
  if (work.role == 1) {
    return;
  }
#pragma unroll
  for (int i = 0; i < ROWS; i++) {
#pragma unroll
    for (int c = 0; c < DEPTH / 8; c++) {
      sums[i][c] += shared[in_tile<DEPTH>(work.row + 4 * i, chunk_column(c))];
    }
  }
  write_rows<DEPTH, ROWS>(sums, dQkv + (start + place.first) * place.stride + place.head,
                          place.stride, work.row, place.count, blockIdx.z * DEPTH, headSize, scale);
}

// Role 0 hands P on and adds up dV, role 1 makes dS of it and adds up dK.
template <int DEPTH, int ROWS, int COLUMNS>
static __device__ __forceinline__ void attention_backward_key(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int time, int heads, int headSize, float scale, int* error) {
  typedef Worker<DEPTH, ROWS, COLUMNS> Work;
  DYN_SHARED(float, shared);
  Work work(shared);
  Place place(segments, blockIdx.y, Work::OWN, time, heads, headSize);
  long long start = (long long)place.batch * time;
  const float* keys = qkv + (start + place.first) * place.stride + place.width + place.head;
  int chunks = gridDim.z;
  int last = place.first + place.count - 1;
  int key = place.first + work.row;
  int warpFirst = place.first + work.warpRow;
  int warpLast = warpFirst + 4 * ROWS - 1;
#pragma unroll
  for (int i = 0; i < ROWS; i++) {
    int segment = segment_of(place.row, key + 4 * i, time);
    if (segment < -1) {
      report(error, BAD_SEGMENT, segment, place.batch * time + key + 4 * i, 0x7fffffff);
    }
  }
  float sums[ROWS][DEPTH / 8] = {}; // of dV or dK
  bool loaded = false;
  for (int query = place.first; query < time; query += Work::PEER) {
    if (!connected(place.row, last, query)) {
      continue; // the same for the whole block
    }
    int present = min(Work::PEER, time - query);
    const float* queries = qkv + (start + query) * place.stride + place.head;
    const float* above = dOut + (start + query) * place.width + place.head;
    bool seen = query + present > warpFirst; // the same for the whole warp
    float statistic[COLUMNS];                // lse of powers of two, or delta
#pragma unroll
    for (int j = 0; j < COLUMNS; j++) {
      int other = query + column_lane() + 8 * j;
      long long at = (long long)blockIdx.x * time + other;
      statistic[j] = other >= time ? 0.0f : work.role ? delta[at] : lse[at] * LOG2_E;
    }
    float part[ROWS][COLUMNS] = {};
    for (int chunk = 0; chunk < chunks; chunk++) {
      int column = chunk * DEPTH;
      __syncthreads();
      if (chunks > 1 || !loaded) {
        work.load_own(0, keys, place.stride, place.count, column, headSize);
        work.load_own(1, keys + place.width, place.stride, place.count, column, headSize);
        loaded = true;
      }
      work.load_peer(0, queries, place.stride, present, column, headSize);
      work.load_peer(1, above, place.width, present, column, headSize);
      __syncthreads();
      if (seen) {
        add_products<DEPTH>(work.own(work.role), work.peer(work.role), work.row, part);
      }
    }
    if (chunks > 1) {
      __syncthreads();
      work.load_peer(0, queries, place.stride, present, blockIdx.z * DEPTH, headSize);
      work.load_peer(1, above, place.width, present, blockIdx.z * DEPTH, headSize);
      __syncthreads();
    }
    if (seen && work.role == 0) {
#pragma unroll
      for (int i = 0; i < ROWS; i++) {
#pragma unroll
        for (int j = 0; j < COLUMNS; j++) {
          part[i][j] = exp2f(part[i][j] * (scale * LOG2_E) - statistic[j]);
        }
      }
      bool whole = query >= warpLast && query + Work::PEER <= time &&
                   joined(place.row, warpFirst, query + Work::PEER - 1);
      if (!whole) {
        mask<false>(place.row, key, query, time, 0.0f, part);
      }
      work.template give<0, COLUMNS>(part);
    }
    __syncthreads();
    if (!seen) {
      continue;
    }
    if (work.role == 1) {
#pragma unroll
      for (int i = 0; i < ROWS; i++) {
#pragma unroll
        for (int j = 0; j < COLUMNS; j++) {
          part[i][j] -= statistic[j];
        }
      }
      work.template take<0, COLUMNS>(part, 1);
    }
    __syncwarp(); // what a role adds of these rows is read by this warp alone
    add_weighted<DEPTH, ROWS, Work::PEER, Work::PEER>(work.weights(work.role),
                                                      work.peer(1 - work.role), work.row, 0, sums);
  }
  float* target = dQkv + (start + place.first) * place.stride + place.width + place.head;
  write_rows<DEPTH, ROWS>(sums, work.role ? target : target + place.width, place.stride, work.row,
                          place.count, blockIdx.z * DEPTH, headSize, work.role ? scale : 1.0f);
}

extern "C" __global__ void __launch_bounds__(128, 3) attention_backward_query_32_f32(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int time, int heads, int headSize, float scale) {
  attention_backward_query<32, 8, 4>(qkv, segments, dOut, lse, delta, dQkv, time, heads, headSize,
                                     scale);
}

extern "C" __global__ void __launch_bounds__(128, 3) attention_backward_query_64_f32(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int time, int heads, int headSize, float scale) {
  attention_backward_query<64, 8, 4>(qkv, segments, dOut, lse, delta, dQkv, time, heads, headSize,
                                     scale);
}

extern "C" __global__ void __launch_bounds__(128, 3) attention_backward_key_32_f32(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int time, int heads, int headSize, float scale, int* error) {
  attention_backward_key<32, 8, 4>(qkv, segments, dOut, lse, delta, dQkv, time, heads, headSize,
                                   scale, error);
}

extern "C" __global__ void __launch_bounds__(128, 3) attention_backward_key_64_f32(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int time, int heads, int headSize, float scale, int* error) {
  attention_backward_key<64, 8, 4>(qkv, segments, dOut, lse, delta, dQkv, time, heads, headSize,
                                   scale, error);
}
