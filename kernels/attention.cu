// Causal multi-head attention within segments: position t sees u <= t of its own row where segments[u] ==
// segments[t]; padding (-1) sees nobody and gets 0. The matrix never exists: a block walks over the keys
// of its 64 queries, 32 at a time, with a running maximum and sum (Milakov and Gimelshein 2018). Tiles of
// other segments are passed over. Source: Dao et al. 2022 (FlashAttention), algorithm 1.
// Shapes: qkv [B·T,3C] (all of q, then k, then v; heads contiguous within each); segments I32 [B,T]; out
// [B·T,C]; lse [B,H,T], 0 for padding. Grid: (B·H, ceil(T/64), chunks) of 128 threads, chunks =
// ceil(D/DEPTH); with more than one, each takes its columns of the output and works the scores out anew.
// Shared memory: 4·(64 + 32 + 32)·(DEPTH + 4) + 10,240 bytes, dynamic.
// 2BT^2·C FLOPs (half of the matrix); moves 16BTC bytes at least, and 8C a key and query tile from the
// cache. At W1 (B 8, T 256, C 256): 0.27 GFLOP, 4 us on an H100 at 67 TFLOP/s (8.4 MB: 2.5 us).
#include "attention_tile.cuh"

template <int DEPTH>
struct Softmax {
  float most[4];
  float sum[4];
  float mixed[4][DEPTH / 8];
};

// Takes a step's scores, -infinity where there is nothing to see, into the running softmax; they become
// the step's weights.
template <int DEPTH>
static __device__ __forceinline__ void take(Softmax<DEPTH>& softmax, float (&scores)[4][4]) {
#pragma unroll
  for (int i = 0; i < 4; i++) {
    float most = fmaxf(fmaxf(scores[i][0], scores[i][1]), fmaxf(scores[i][2], scores[i][3]));
    most = fmaxf(softmax.most[i], row_max(most));
    // before anything was seen there is nothing to rescale, and -inf - -inf would be NaN
    float shift = most == -INFINITY ? 0.0f : most;
    float shrink = expf(softmax.most[i] - shift);
    float sum = 0.0f;
#pragma unroll
    for (int j = 0; j < 4; j++) {
      scores[i][j] = expf(scores[i][j] - shift);
      sum += scores[i][j];
    }
    softmax.most[i] = most;
    softmax.sum[i] = softmax.sum[i] * shrink + row_sum(sum);
#pragma unroll
    for (int c = 0; c < DEPTH / 8; c++) {
      softmax.mixed[i][c] *= shrink;
    }
  }
}

template <int DEPTH>
static __device__ __forceinline__ void attention_forward(
    const float* qkv, const int* segments, float* out, float* lse, int time, int heads,
    int headSize, float scale, int* error) {
  typedef Tiles<DEPTH> Tile;
  DYN_SHARED(float, shared);
  float* queries = shared;
  float* keys = queries + Tile::OWN_SIZE;
  float* values = keys + Tile::PEER_SIZE;
  float* weights = values + Tile::PEER_SIZE;
  int batch = blockIdx.x / heads;
  int head = blockIdx.x % heads * headSize;
  int first = blockIdx.y * OWN;
  int width = heads * headSize;
  long long stride = 3LL * width;
  const int* row = segments + (long long)batch * time;
  const float* base = qkv + (long long)batch * time * stride + head;
  int chunks = gridDim.z;
  int count = min(OWN, time - first);
  int mine[4];
  Softmax<DEPTH> softmax;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    int query = first + own_lane() + 16 * i;
    mine[i] = query < time ? row[query] : -1;
    if (mine[i] < -1) {
      report(error, BAD_SEGMENT, mine[i], batch * time + query, 0x7fffffff);
    }
    softmax.most[i] = -INFINITY;
    softmax.sum[i] = 0.0f;
#pragma unroll
    for (int c = 0; c < DEPTH / 8; c++) {
      softmax.mixed[i][c] = 0.0f;
    }
  }
  bool loaded = false;
  for (int key = 0; key < first + count; key += PEER) {
    if (!connected(row, key + PEER - 1, first)) {
      continue; // the same for the whole block
    }
    int present = min(PEER, time - key);
    float scores[4][4] = {};
    for (int chunk = 0; chunk < chunks; chunk++) {
      __syncthreads();
      if (chunks > 1 || !loaded) {
        load_rows<OWN, DEPTH>(queries, base + first * stride, stride, count, chunk * DEPTH, headSize);
        loaded = true;
      }
      load_rows<PEER, DEPTH>(keys, base + width + key * stride, stride, present, chunk * DEPTH, headSize);
      if (chunk == 0) {
        load_rows<PEER, DEPTH>(values, base + 2 * width + key * stride, stride, present,
                               blockIdx.z * DEPTH, headSize);
      }
      __syncthreads();
      add_products<DEPTH>(queries, keys, scores);
    }
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int seen = key + peer_lane() + 8 * j;
      int segment = seen < time ? row[seen] : -1;
#pragma unroll
      for (int i = 0; i < 4; i++) {
        bool sees = seen <= first + own_lane() + 16 * i && segment == mine[i] && segment >= 0;
        scores[i][j] = sees ? scores[i][j] * scale : -INFINITY;
      }
    }
    take<DEPTH>(softmax, scores);
    store_weights(weights, scores); // of this warp's rows, read by this warp alone
    __syncwarp();
    add_weighted<DEPTH>(weights, values, softmax.mixed);
    __syncwarp();
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    int query = first + own_lane() + 16 * i;
    bool padding = mine[i] < 0;
#pragma unroll
    for (int c = 0; c < DEPTH / 8; c++) {
      softmax.mixed[i][c] = padding ? 0.0f : softmax.mixed[i][c] / softmax.sum[i];
    }
    if (query < time && blockIdx.z == 0 && peer_lane() == 0) {
      lse[(long long)blockIdx.x * time + query] =
          padding ? 0.0f : softmax.most[i] + logf(softmax.sum[i]);
    }
  }
  write_rows<DEPTH>(softmax.mixed, out + ((long long)batch * time + first) * width + head, width,
                    count, blockIdx.z * DEPTH, headSize);
}

extern "C" __global__ void __launch_bounds__(128) attention_forward_32_f32(
    const float* qkv, const int* segments, float* out, float* lse, int time, int heads,
    int headSize, float scale, int* error) {
  attention_forward<32>(qkv, segments, out, lse, time, heads, headSize, scale, error);
}

extern "C" __global__ void __launch_bounds__(128) attention_forward_64_f32(
    const float* qkv, const int* segments, float* out, float* lse, int time, int heads,
    int headSize, float scale, int* error) {
  attention_forward<64>(qkv, segments, out, lse, time, heads, headSize, scale, error);
}
