// The gradient of attention (attention.cu) without its matrix: with P the probabilities worked out anew
// from lse, dP = dOut·V^T and delta = <dOut, out> of a row, dS = P·(dP - delta); dV = P^T·dOut, dK =
// scale·dS^T·Q, dQ = scale·dS·K. A block owns 64 keys, walks over the queries that see them, 32 at a time,
// and adds up dK and dV in registers; its part of dQ it adds to memory when its turn has come. Source: Dao
// 2023 (FlashAttention-2), algorithm 2, with turns instead of atomics.
// Half of a block's warps multiply for P and the other half for dP, at the same time: so no thread needs
// registers for both, and each can keep 8x8 sums.
// Shapes: qkv, dQkv [B·T,3C]; segments I32 [B,T]; out, dOut [B·T,C]; lse, delta [B,H,T]; turns I32 [1 +
// chunks·B·H·ceil(T/32)], zeros. Grid: delta one warp for a head of a row, 8 a block of 256; the other (B·H,
// ceil(T/64), chunks) of 128 threads, chunks as forward. Shared memory: 768·DEPTH + 16,384 bytes, dynamic.
// 5BT^2·C FLOPs; moves 32BTC bytes at least, and to and from the cache 16C for each tile of keys and each
// query that sees it. At W1 (B 8, T 256, C 256): 0.67 GFLOP, 10 us on an H100 at 67 TFLOP/s (17 MB: 5 us).
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

// A thread of a block of the backward kernel, its role, and where the block's tiles of one chunk lie: its own
// k and v, the peers' q and dOut, the first of either for role 0; and the weights of either role, P and dS.
template <int DEPTH>
struct Worker {
  static constexpr int ROWS = 8;
  static constexpr int COLUMNS = 4;
  static constexpr int THREADS = 128;
  static constexpr int OWN = 8 * ROWS;
  static constexpr int PEER = 8 * COLUMNS;

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

  __device__ __forceinline__ void load_own(
      int of, const float* source, long long stride, int count, int column, int headSize) const {
    load_rows<OWN, DEPTH, THREADS>(own(of), source, stride, count, column, headSize);
  }

  __device__ __forceinline__ void load_peer(
      int of, const float* source, long long stride, int count, int column, int headSize) const {
    load_rows<PEER, DEPTH, THREADS>(peer(of), source, stride, count, column, headSize);
  }

  // A thread's part of P becomes weights.
  __device__ __forceinline__ void give(const float (&part)[ROWS][COLUMNS]) const {
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
#pragma unroll
      for (int j = 0; j < COLUMNS; j++) {
        weights(0)[in_weights<PEER>(row + 4 * i, column_lane() + 8 * j)] = part[i][j];
      }
    }
  }

  // A thread's part of dP - delta, times P, becomes weights.
  __device__ __forceinline__ void take(const float (&part)[ROWS][COLUMNS]) const {
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
#pragma unroll
      for (int j = 0; j < COLUMNS; j++) {
        int at = in_weights<PEER>(row + 4 * i, column_lane() + 8 * j);
        weights(1)[at] = part[i][j] * weights(0)[at];
      }
    }
  }
};

// Turns keep the order in which tiles of keys add to a dQ that of their numbers, and so its bits the same:
// turns[step] is the number of the tile that may add next. What a block does is said by a ticket that it
// draws when it begins, lower tiles first, and it waits for a lower tile only: whoever is waited for has
// drawn, so it runs, and of those that run the lowest waits for nobody. That needs no block to fit on the
// device beside another, and no order in which the device begins them.
static __device__ __forceinline__ int draw_ticket(int* tickets, float* shared) {
  if (threadIdx.x == 0) {
    *(int*)shared = atomicAdd(tickets, 1);
  }
  __syncthreads();
  int ticket = *(const int*)shared;
  __syncthreads();
  return ticket;
}

static __device__ __forceinline__ void await_turn(const int* turn, int tile) {
  while (*(const volatile int*)turn != tile) {
    __nanosleep(32);
  }
  __threadfence(); // nothing of dQ is read before the turn was
}

// By one thread, after a barrier since the block's last write.
static __device__ __forceinline__ void end_turn(int* turn, int tile) {
  __threadfence(); // all that the barrier made known is there before the turn is over
  *(volatile int*)turn = tile + 1;
}

// sums[q][c] += sum over keys of weights[key][query + q]·key row[column + c].
template <int DEPTH, int PEERS>
static __device__ __forceinline__ void add_transposed(
    const float* weights, const float* own, int query, int column, int keys, float (&sums)[4][4]) {
#pragma unroll 4
  for (int k = 0; k < keys; k++) {
    float4 weight = *(const float4*)(weights + in_weights<PEERS>(k, query));
    float4 value = *(const float4*)(own + in_tile<DEPTH>(k, column));
    float ofQuery[4] = {weight.x, weight.y, weight.z, weight.w};
#pragma unroll
    for (int q = 0; q < 4; q++) {
      sums[q][0] += ofQuery[q] * value.x;
      sums[q][1] += ofQuery[q] * value.y;
      sums[q][2] += ofQuery[q] * value.z;
      sums[q][3] += ofQuery[q] * value.w;
    }
  }
}

// Adds sums times `factor` to what is there, or to nothing, in `rows` rows and `columns` columns at most.
static __device__ __forceinline__ void add_to_rows(
    const float (&sums)[4][4], float* target, long long stride, int rows, int columns, int headSize,
    float factor, bool begins) {
#pragma unroll
  for (int q = 0; q < 4; q++) {
    if (q >= rows) {
      continue;
    }
    float* to = target + q * stride;
    if (by_fours(headSize) && columns > 0) {
      float4 held = begins ? make_float4(0.0f, 0.0f, 0.0f, 0.0f) : __ldcg((const float4*)to);
      *(float4*)to = make_float4(held.x + factor * sums[q][0], held.y + factor * sums[q][1],
                                 held.z + factor * sums[q][2], held.w + factor * sums[q][3]);
      continue;
    }
#pragma unroll
    for (int c = 0; c < 4; c++) {
      if (c < columns) {
        to[c] = (begins ? 0.0f : __ldcg(to + c)) + factor * sums[q][c];
      }
    }
  }
}

// Role 0 hands P on and adds up dV, role 1 makes dS of it and adds up dK; then both make dQ of dS.
template <int DEPTH>
static __device__ __forceinline__ void attention_backward(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int* turns, int time, int heads, int headSize, float scale, int* error) {
  typedef Worker<DEPTH> Work;
  const int ROWS = Work::ROWS;
  const int COLUMNS = Work::COLUMNS;
  DYN_SHARED(float, shared);
  Work work(shared);
  int ticket = draw_ticket(turns, shared);
  int pairs = gridDim.x; // of row and head
  int chunks = DEPTH < 64 ? 1 : gridDim.z; // only larger heads have several
  int pair = ticket % pairs;
  int ownChunk = ticket / pairs % chunks;
  int tile = ticket / pairs / chunks;
  int steps = (time + Work::PEER - 1) / Work::PEER;
  turns += 1 + (long long)(ownChunk * pairs + pair) * steps;
  Place place(segments, pair, tile, Work::OWN, time, heads, headSize);
  long long start = (long long)place.batch * time;
  const float* keys = qkv + (start + place.first) * place.stride + place.width + place.head;
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
  if (chunks == 1) {
    work.load_own(0, keys, place.stride, place.count, 0, headSize);
    work.load_own(1, keys + place.width, place.stride, place.count, 0, headSize);
  }
  for (int step = steps - 1; step >= place.first / Work::PEER; step--) {
    int query = step * Work::PEER;
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
      long long at = (long long)pair * time + other;
      statistic[j] = other >= time ? 0.0f : work.role ? delta[at] : lse[at] * LOG2_E;
    }
    float part[ROWS][COLUMNS] = {};
    for (int chunk = 0; chunk < chunks; chunk++) {
      int column = chunk * DEPTH;
      if (chunks > 1) {
        __syncthreads();
        work.load_own(0, keys, place.stride, place.count, column, headSize);
        work.load_own(1, keys + place.width, place.stride, place.count, column, headSize);
      }
      work.load_peer(0, queries, place.stride, present, column, headSize);
      work.load_peer(1, above, place.width, present, column, headSize);
      __syncthreads();
      if (seen) {
        add_products<DEPTH>(work.own(work.role), work.peer(work.role), work.row, part);
      }
    }
    if (chunks > 1) {
      int column = ownChunk * DEPTH;
      __syncthreads();
      work.load_own(0, keys, place.stride, place.count, column, headSize);
      work.load_peer(0, queries, place.stride, present, column, headSize);
      work.load_peer(1, above, place.width, present, column, headSize);
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
      work.give(part);
    }
    __syncthreads();
    if (seen && work.role == 1) {
#pragma unroll
      for (int i = 0; i < ROWS; i++) {
#pragma unroll
        for (int j = 0; j < COLUMNS; j++) {
          part[i][j] -= statistic[j];
        }
      }
      work.take(part);
    }
    __syncwarp(); // what a role adds of these rows is read by this warp alone
    if (seen) {
      add_weighted<DEPTH, Work::PEER>(work.weights(work.role), work.peer(1 - work.role), work.row,
                                      sums);
    }
    __syncthreads();
    if (32 * work.role < DEPTH) { // a warp has 16 queries and 32 columns of dQ
      float slopes[4][4] = {};
      int from = (warp_id() & 1) * 16 + row_lane() * 4;
      int column = work.role * 32 + column_lane() * 4;
      add_transposed<DEPTH, Work::PEER>(work.weights(1), work.own(0), from, column,
                                        min(Work::OWN, query + Work::PEER - place.first), slopes);
      bool begins = place.first == 0 || !connected(place.row, place.first - 1, query);
      if (!begins) {
        await_turn(turns + step, tile);
      }
      column += ownChunk * DEPTH;
      add_to_rows(slopes, dQkv + (start + query + from) * place.stride + place.head + column,
                  place.stride, present - from, headSize - column, headSize,
                  scale, begins);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      end_turn(turns + step, tile);
    }
  }
  float* target = dQkv + (start + place.first) * place.stride + place.width + place.head;
  write_rows<DEPTH, ROWS>(sums, work.role ? target : target + place.width, place.stride, work.row,
                          place.count, ownChunk * DEPTH, headSize, work.role ? scale : 1.0f);
}

extern "C" __global__ void __launch_bounds__(128, 3) attention_backward_32_f32(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int* turns, int time, int heads, int headSize, float scale, int* error) {
  attention_backward<32>(qkv, segments, dOut, lse, delta, dQkv, turns, time, heads, headSize, scale,
                         error);
}

extern "C" __global__ void __launch_bounds__(128, 3) attention_backward_64_f32(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int* turns, int time, int heads, int headSize, float scale, int* error) {
  attention_backward<64>(qkv, segments, dOut, lse, delta, dQkv, turns, time, heads, headSize, scale,
                         error);
}
