// Causal multi-head attention within segments: position t sees u <= t of its own row where segments[u] ==
// segments[t]; padding (-1) sees nobody and gets 0. The matrix never exists: a block walks over the keys
// of its 64 queries, 64 at a time, with a running maximum and sum (Milakov and Gimelshein 2018). Tiles of
// other segments are passed over. Source: Dao et al. 2022 (FlashAttention), algorithm 1.
// Shapes: qkv [B·T,3C] (all of q, then k, then v; heads contiguous within each); segments I32 [B,T]; out
// [B·T,C]; lse [B,H,T], 0 for padding. Grid: (B·H, ceil(T/64), chunks) of 128 threads, chunks =
// ceil(D/DEPTH); with more than one, each takes its columns of the output and works the scores out anew.
// Shared memory: 768·DEPTH bytes, dynamic: the weights lie where the keys were.
// 2BT^2·C FLOPs (half of the matrix); moves 16BTC bytes at least, and 8C a key and query tile from the
// cache. At W1 (B 8, T 256, C 256): 0.27 GFLOP, 4 us on an H100 at 67 TFLOP/s (8.4 MB: 2.5 us).
#include "attention_tile.cuh"

#define FORWARD_WARPS 4

template <int DEPTH, int ROWS>
struct Softmax {
  float most[ROWS]; // of the products, not scaled yet
  float sum[ROWS];  // this thread's part
  float mixed[ROWS][DEPTH / 8];
};

// Takes a step's products, -infinity where there is nothing to see, into the running softmax; they become
// the step's weights. `scale` is that of powers of two.
template <int DEPTH, int ROWS, int COLUMNS>
static __device__ __forceinline__ void take(
    Softmax<DEPTH, ROWS>& softmax, float (&scores)[ROWS][COLUMNS], float scale) {
#pragma unroll
  for (int i = 0; i < ROWS; i++) {
    float most = scores[i][0];
#pragma unroll
    for (int j = 1; j < COLUMNS; j++) {
      most = fmaxf(most, scores[i][j]);
    }
    most = fmaxf(softmax.most[i], row_max(most));
    // before anything was seen there is nothing to rescale, and -inf - -inf would be NaN
    float shift = most == -INFINITY ? 0.0f : most * scale;
    float shrink = exp2f(softmax.most[i] * scale - shift);
    float sum = 0.0f;
#pragma unroll
    for (int j = 0; j < COLUMNS; j++) {
      scores[i][j] = exp2f(scores[i][j] * scale - shift);
      sum += scores[i][j];
    }
    softmax.most[i] = most;
    softmax.sum[i] = softmax.sum[i] * shrink + sum;
#pragma unroll
    for (int c = 0; c < DEPTH / 8; c++) {
      softmax.mixed[i][c] *= shrink;
    }
  }
}

// Weights pass through shared memory where the keys were, DEPTH of a row at a time.
template <int DEPTH>
static __device__ __forceinline__ void attention_forward(
    const float* qkv, const int* segments, float* out, float* lse, int time, int heads,
    int headSize, float scale, int* error) {
  const int ROWS = 4;
  const int COLUMNS = 8;
  const int OWN = 4 * ROWS * FORWARD_WARPS;
  const int PEER = 8 * COLUMNS;
  const int THREADS = 32 * FORWARD_WARPS;
  DYN_SHARED(float, shared);
  float* queries = shared;
  float* values = queries + OWN * DEPTH;
  float* keys = values + PEER * DEPTH;
  // the tiles with the most keys first, so that none of them is left at the end
  Place place(segments, blockIdx.x, gridDim.y - 1 - blockIdx.y, OWN, time, heads, headSize);
  const float* base = qkv + (long long)place.batch * time * place.stride + place.head;
  int chunks = DEPTH < 64 ? 1 : gridDim.z; // only larger heads have several
  int warpRow = warp_id() * 4 * ROWS; // the first of the warp's queries in the tile
  int ownRow = warpRow + row_lane();
  int warpLast = min(place.first + warpRow + 4 * ROWS, time) - 1;
  Softmax<DEPTH, ROWS> softmax;
#pragma unroll
  for (int i = 0; i < ROWS; i++) {
    softmax.most[i] = -INFINITY;
    softmax.sum[i] = 0.0f;
#pragma unroll
    for (int c = 0; c < DEPTH / 8; c++) {
      softmax.mixed[i][c] = 0.0f;
    }
  }
  if (chunks == 1) {
    load_rows<OWN, DEPTH, THREADS>(queries, base + place.first * place.stride, place.stride,
                                   place.count, 0, headSize);
  }
  for (int key = 0; key < place.first + place.count; key += PEER) {
    if (!connected(place.row, key + PEER - 1, place.first)) {
      continue; // the same for the whole block
    }
    int present = min(PEER, time - key);
    bool sees = key <= warpLast && warpRow < place.count; // the same for the whole warp
    float scores[ROWS][COLUMNS] = {};
    for (int chunk = 0; chunk < chunks; chunk++) {
      __syncthreads();
      if (chunks > 1) {
        load_rows<OWN, DEPTH, THREADS>(queries, base + place.first * place.stride, place.stride,
                                       place.count, chunk * DEPTH, headSize);
      }
      load_rows<PEER, DEPTH, THREADS>(keys, base + place.width + key * place.stride, place.stride,
                                      present, chunk * DEPTH, headSize);
      if (chunk == 0) {
        load_rows<PEER, DEPTH, THREADS>(values, base + 2 * place.width + key * place.stride,
                                        place.stride, present, blockIdx.z * DEPTH, headSize);
      }
      __syncthreads();
      if (sees) {
        add_products<DEPTH>(queries, keys, ownRow, scores);
      }
    }
    __syncthreads();
    if (!sees) {
      continue;
    }
    bool whole = key + PEER - 1 <= place.first + warpRow && joined(place.row, key, warpLast);
    if (!whole) {
      mask<true>(place.row, place.first + ownRow, key, time, -INFINITY, scores);
    }
    take(softmax, scores, scale * LOG2_E);
#pragma unroll
    for (int from = 0; from < PEER; from += DEPTH) {
#pragma unroll
      for (int i = 0; i < ROWS; i++) {
#pragma unroll
        for (int j = 0; j < DEPTH / 8; j++) { // of this warp's rows, read by this warp alone
          keys[in_weights<DEPTH>(ownRow + 4 * i, column_lane() + 8 * j)] = scores[i][from / 8 + j];
        }
      }
      __syncwarp();
      add_weighted<DEPTH, DEPTH>(keys, values + from * DEPTH, ownRow, softmax.mixed);
      __syncwarp();
    }
  }
#pragma unroll
  for (int i = 0; i < ROWS; i++) {
    int query = place.first + ownRow + 4 * i;
    int segment = segment_of(place.row, query, time);
    if (segment < -1) {
      report(error, BAD_SEGMENT, segment, place.batch * time + query, 0x7fffffff);
    }
    bool padding = segment < 0;
    float sum = row_sum(softmax.sum[i]);
#pragma unroll
    for (int c = 0; c < DEPTH / 8; c++) {
      softmax.mixed[i][c] = padding ? 0.0f : softmax.mixed[i][c] / sum;
    }
    if (query < time && blockIdx.z == 0 && column_lane() == 0) {
      lse[(long long)blockIdx.x * time + query] =
          padding ? 0.0f : softmax.most[i] * scale + logf(sum);
    }
  }
  float* target = out + ((long long)place.batch * time + place.first) * place.width + place.head;
  write_rows<DEPTH, ROWS>(softmax.mixed, target, place.width, ownRow, place.count,
                          blockIdx.z * DEPTH, headSize, 1.0f);
}

extern "C" __global__ void __launch_bounds__(128, 4) attention_forward_32_f32(
    const float* qkv, const int* segments, float* out, float* lse, int time, int heads,
    int headSize, float scale, int* error) {
  attention_forward<32>(qkv, segments, out, lse, time, heads, headSize, scale, error);
}

extern "C" __global__ void __launch_bounds__(128, 4) attention_forward_64_f32(
    const float* qkv, const int* segments, float* out, float* lse, int time, int heads,
    int headSize, float scale, int* error) {
  attention_forward<64>(qkv, segments, out, lse, time, heads, headSize, scale, error);
}
