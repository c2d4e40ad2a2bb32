// The gradient of attention (attention.cu) without its matrix: with P the probabilities worked out anew
// from lse, dP = dOut·V^T and delta = <dOut, out> of a row, dS = scale·P·(dP - delta); dV = P^T·dOut, dK =
// dS^T·Q, dQ = dS·K. One kernel owns keys and walks over the queries that see them, one owns queries and
// walks over the keys that they see: the scores are computed twice, and nothing is added by two blocks.
// Source: Dao 2023 (FlashAttention-2), algorithm 2.
// Shapes: qkv, dQkv [B·T,3C]; segments I32 [B,T]; out, dOut [B·T,C]; lse, delta [B,H,T]. Grid: delta one
// warp for a head of a row, 8 a block of 256; the others (B·H, ceil(T/64), chunks) of 128 threads as
// forward. Shared memory: 4·(64 + 64 + 32 + 32)·(DEPTH + 4) + 10,240 bytes, dynamic.
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

// What a block works on, the same in both kernels.
struct Place {
  int batch;
  int head; // its first column
  int first;
  int count;
  int width;
  long long stride;
  const int* row;

  __device__ __forceinline__ Place(const int* segments, int time, int heads, int headSize) {
    batch = blockIdx.x / heads;
    head = blockIdx.x % heads * headSize;
    first = blockIdx.y * OWN;
    count = min(OWN, time - first);
    width = heads * headSize;
    stride = 3LL * width;
    row = segments + (long long)batch * time;
  }
};

// Four tiles of one chunk: two of the block's own positions, two of the positions it walks over.
template <int DEPTH>
struct Pairs {
  float* ownScore;  // q or k
  float* ownSlope;  // dOut or v
  float* peerScore; // k or q
  float* peerSlope; // v or dOut
  float* weights;

  __device__ __forceinline__ Pairs(float* shared) {
    typedef Tiles<DEPTH> Tile;
    ownScore = shared;
    ownSlope = ownScore + Tile::OWN_SIZE;
    peerScore = ownSlope + Tile::OWN_SIZE;
    peerSlope = peerScore + Tile::PEER_SIZE;
    weights = peerSlope + Tile::PEER_SIZE;
  }
};

template <int DEPTH>
static __device__ __forceinline__ void attention_backward_query(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int time, int heads, int headSize, float scale) {
  DYN_SHARED(float, shared);
  Pairs<DEPTH> tile(shared);
  Place place(segments, time, heads, headSize);
  long long start = (long long)place.batch * time;
  const float* base = qkv + start * place.stride + place.head;
  const float* above = dOut + start * place.width + place.head;
  int chunks = gridDim.z;
  int mine[4];
  float logSum[4];
  float mean[4];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    int query = place.first + own_lane() + 16 * i;
    bool there = query < time;
    mine[i] = there ? place.row[query] : -1;
    logSum[i] = there ? lse[(long long)blockIdx.x * time + query] : 0.0f;
    mean[i] = there ? delta[(long long)blockIdx.x * time + query] : 0.0f;
  }
  float sums[4][DEPTH / 8] = {};
  bool loaded = false;
  for (int key = 0; key < place.first + place.count; key += PEER) {
    if (!connected(place.row, key + PEER - 1, place.first)) {
      continue; // the same for the whole block
    }
    int present = min(PEER, time - key);
    float scores[4][4] = {};
    float slopes[4][4] = {};
    for (int chunk = 0; chunk < chunks; chunk++) {
      int column = chunk * DEPTH;
      __syncthreads();
      if (chunks > 1 || !loaded) {
        load_rows<OWN, DEPTH>(tile.ownScore, base + place.first * place.stride, place.stride,
                              place.count, column, headSize);
        load_rows<OWN, DEPTH>(tile.ownSlope, above + (long long)place.first * place.width,
                              place.width, place.count, column, headSize);
        loaded = true;
      }
      load_rows<PEER, DEPTH>(tile.peerScore, base + place.width + key * place.stride, place.stride,
                             present, column, headSize);
      load_rows<PEER, DEPTH>(tile.peerSlope, base + 2 * place.width + key * place.stride,
                             place.stride, present, column, headSize);
      __syncthreads();
      add_products<DEPTH>(tile.ownScore, tile.peerScore, scores);
      add_products<DEPTH>(tile.ownSlope, tile.peerSlope, slopes);
    }
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int seen = key + peer_lane() + 8 * j;
      int segment = seen < time ? place.row[seen] : -1;
#pragma unroll
      for (int i = 0; i < 4; i++) {
        bool sees = seen <= place.first + own_lane() + 16 * i && segment == mine[i] && segment >= 0;
        float probability = sees ? expf(scores[i][j] * scale - logSum[i]) : 0.0f;
        slopes[i][j] = sees ? scale * probability * (slopes[i][j] - mean[i]) : 0.0f;
      }
    }
    store_weights(tile.weights, slopes);
    if (chunks > 1) {
      __syncthreads();
      load_rows<PEER, DEPTH>(tile.peerScore, base + place.width + key * place.stride, place.stride,
                             present, blockIdx.z * DEPTH, headSize);
      __syncthreads();
    }
    __syncwarp();
    add_weighted<DEPTH>(tile.weights, tile.peerScore, sums);
    __syncwarp();
  }
  write_rows<DEPTH>(sums, dQkv + (start + place.first) * place.stride + place.head, place.stride,
                    place.count, blockIdx.z * DEPTH, headSize);
}

template <int DEPTH>
static __device__ __forceinline__ void attention_backward_key(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int time, int heads, int headSize, float scale, int* error) {
  DYN_SHARED(float, shared);
  Pairs<DEPTH> tile(shared);
  Place place(segments, time, heads, headSize);
  long long start = (long long)place.batch * time;
  const float* base = qkv + start * place.stride + place.head;
  const float* above = dOut + start * place.width + place.head;
  int chunks = gridDim.z;
  int last = place.first + place.count - 1;
  int mine[4];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    int key = place.first + own_lane() + 16 * i;
    mine[i] = key < time ? place.row[key] : -1;
    if (mine[i] < -1) {
      report(error, BAD_SEGMENT, mine[i], place.batch * time + key, 0x7fffffff);
    }
  }
  float keySums[4][DEPTH / 8] = {};
  float valueSums[4][DEPTH / 8] = {};
  bool loaded = false;
  for (int query = place.first; query < time; query += PEER) {
    if (!connected(place.row, last, query)) {
      continue; // the same for the whole block
    }
    int present = min(PEER, time - query);
    float scores[4][4] = {};
    float slopes[4][4] = {};
    for (int chunk = 0; chunk < chunks; chunk++) {
      int column = chunk * DEPTH;
      __syncthreads();
      if (chunks > 1 || !loaded) {
        load_rows<OWN, DEPTH>(tile.ownScore, base + place.width + place.first * place.stride,
                              place.stride, place.count, column, headSize);
        load_rows<OWN, DEPTH>(tile.ownSlope, base + 2 * place.width + place.first * place.stride,
                              place.stride, place.count, column, headSize);
        loaded = true;
      }
      load_rows<PEER, DEPTH>(tile.peerScore, base + query * place.stride, place.stride, present,
                             column, headSize);
      load_rows<PEER, DEPTH>(tile.peerSlope, above + (long long)query * place.width, place.width,
                             present, column, headSize);
      __syncthreads();
      add_products<DEPTH>(tile.ownScore, tile.peerScore, scores);
      add_products<DEPTH>(tile.ownSlope, tile.peerSlope, slopes);
    }
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int seeing = query + peer_lane() + 8 * j;
      bool there = seeing < time;
      int segment = there ? place.row[seeing] : -1;
      float logSum = there ? lse[(long long)blockIdx.x * time + seeing] : 0.0f;
      float mean = there ? delta[(long long)blockIdx.x * time + seeing] : 0.0f;
#pragma unroll
      for (int i = 0; i < 4; i++) {
        bool sees = seeing >= place.first + own_lane() + 16 * i && segment == mine[i] && segment >= 0;
        scores[i][j] = sees ? expf(scores[i][j] * scale - logSum) : 0.0f;
        slopes[i][j] = sees ? scale * scores[i][j] * (slopes[i][j] - mean) : 0.0f;
      }
    }
    if (chunks > 1) {
      __syncthreads();
      load_rows<PEER, DEPTH>(tile.peerScore, base + query * place.stride, place.stride, present,
                             blockIdx.z * DEPTH, headSize);
      load_rows<PEER, DEPTH>(tile.peerSlope, above + (long long)query * place.width, place.width,
                             present, blockIdx.z * DEPTH, headSize);
      __syncthreads();
    }
    store_weights(tile.weights, scores); // of this warp's rows, read by this warp alone
    __syncwarp();
    add_weighted<DEPTH>(tile.weights, tile.peerSlope, valueSums);
    __syncwarp();
    store_weights(tile.weights, slopes);
    __syncwarp();
    add_weighted<DEPTH>(tile.weights, tile.peerScore, keySums);
    __syncwarp();
  }
  float* target = dQkv + (start + place.first) * place.stride + place.width + place.head;
  write_rows<DEPTH>(keySums, target, place.stride, place.count, blockIdx.z * DEPTH, headSize);
  write_rows<DEPTH>(valueSums, target + place.width, place.stride, place.count,
                    blockIdx.z * DEPTH, headSize);
}

extern "C" __global__ void __launch_bounds__(128) attention_backward_query_32_f32(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int time, int heads, int headSize, float scale) {
  attention_backward_query<32>(qkv, segments, dOut, lse, delta, dQkv, time, heads, headSize, scale);
}

extern "C" __global__ void __launch_bounds__(128) attention_backward_query_64_f32(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int time, int heads, int headSize, float scale) {
  attention_backward_query<64>(qkv, segments, dOut, lse, delta, dQkv, time, heads, headSize, scale);
}

extern "C" __global__ void __launch_bounds__(128, 3) attention_backward_key_32_f32(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int time, int heads, int headSize, float scale, int* error) {
  attention_backward_key<32>(qkv, segments, dOut, lse, delta, dQkv, time, heads, headSize, scale,
                             error);
}

extern "C" __global__ void __launch_bounds__(128, 3) attention_backward_key_64_f32(
    const float* qkv, const int* segments, const float* dOut, const float* lse, const float* delta,
    float* dQkv, int time, int heads, int headSize, float scale, int* error) {
  attention_backward_key<64>(qkv, segments, dOut, lse, delta, dQkv, time, heads, headSize, scale,
                             error);
}
