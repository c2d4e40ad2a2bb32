// Attention of n new positions, of whichever sequences, over a cache of S sequences: append stores their keys
// and values at rows[i] of the cache, then position i attends the rows of its sequence up to its own, 128
// keys at a time with a running maximum and sum (Milakov and Gimelshein 2018).
// Shapes: qkv [n,3C]; rows [n]; keys, values [S,T,C]; out [n,C]. Grid: append blocks of 256 threads over n·C;
// the other (n, H) of 128 threads. Shared memory: 4·(128 + 2D) bytes, dynamic.
// 4C FLOPs and 8C bytes for each position and row that it attends. At W1's sizes (n 1, 256 rows, C 256): 0.5
// MB, 0.2 us on an H100 at 3.35 TB/s: only latency.
#include "common.cuh"

#define CACHED_THREADS 128

extern "C" __global__ void attention_cached_append_f32(
    const float* qkv, const int* rows, float* keys, float* values, int positions, int held, int width,
    int* error) {
  long long i = global_index();
  if (i >= (long long)positions * width) {
    return;
  }
  int position = i / width;
  int column = i % width;
  int row = rows[position];
  if (!in_range(row, 0, held, BAD_CACHE_ROW, position, error)) {
    return;
  }
  const float* source = qkv + position * 3LL * width + column;
  keys[(long long)row * width + column] = source[width];
  values[(long long)row * width + column] = source[2 * width];
}

extern "C" __global__ void __launch_bounds__(128) attention_cached_f32(
    const float* qkv, const int* rows, const float* keys, const float* values, float* out, int time,
    int held, int heads, int headSize, float scale) {
  __shared__ float scratch[32];
  DYN_SHARED(float, shared);
  float* weights = shared;
  float* query = weights + CACHED_THREADS;
  float* mixed = query + headSize;
  int width = heads * headSize;
  int head = blockIdx.y * headSize;
  int own = rows[blockIdx.x];
  if (own < 0 || own >= held) {
    return; // append has noted it
  }
  int seen = own % time + 1;
  long long sequence = own - own % time;
  for (int d = threadIdx.x; d < headSize; d += CACHED_THREADS) {
    query[d] = qkv[blockIdx.x * 3LL * width + head + d];
    mixed[d] = 0.0f;
  }
  __syncthreads();
  float most = -INFINITY;
  float sum = 0.0f;
  for (int first = 0; first < seen; first += CACHED_THREADS) {
    int key = first + threadIdx.x;
    float score = -INFINITY;
    if (key < seen) {
      const float* row = keys + (sequence + key) * width + head;
      float product = 0.0f;
      for (int d = 0; d < headSize; d++) {
        product += query[d] * row[d];
      }
      score = product * scale;
    }
    float next = fmaxf(most, block_max(score, scratch));
    float shift = next == -INFINITY ? 0.0f : next; // scores that are no numbers reach the sum below
    float weight = expf(score - shift);
    float shrink = expf(most - shift);
    weights[threadIdx.x] = weight;
    sum = sum * shrink + block_sum(weight, scratch);
    most = next;
    int count = min(CACHED_THREADS, seen - first);
    for (int d = threadIdx.x; d < headSize; d += CACHED_THREADS) {
      float mix = mixed[d] * shrink;
      for (int i = 0; i < count; i++) {
        mix += weights[i] * values[(sequence + first + i) * width + head + d];
      }
      mixed[d] = mix;
    }
    __syncthreads();
  }
  for (int d = threadIdx.x; d < headSize; d += CACHED_THREADS) {
    out[(long long)blockIdx.x * width + head + d] = mixed[d] / sum;
  }
}
