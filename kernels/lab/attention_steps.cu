// The way to attention.cu: causal attention of one segment a row, qkv [B·T,3C], out [B·T,C].
// 1 matrix: scores [B,H,T,T] are stored, turned into probabilities, and mixed with the values: three
//   kernels and 16·BHT^2 bytes through memory. Grid: scores and mix (ceil(T/256), T, B·H) and (ceil(D/32), T,
//   B·H), the softmax (T, B·H) of 256.
// 2 online: a warp a query with a running maximum and sum (Milakov and Gimelshein 2018): no matrix, but every
//   key and value is read from the cache for each query. Grid: (ceil(T/8), B·H) of 256, D at most 128.
// 3 attention.cu: 64 queries share the keys and values of a step through shared memory and registers.
// 2BT^2·C FLOPs. At W1: 0.27 GFLOP; step 1 moves 67 MB, 20 us on an H100 at 3.35 TB/s.
#include "../common.cuh"

extern "C" __global__ void lab_attention_scores_f32(
    const float* qkv, float* scores, int time, int heads, int headSize, float scale) {
  int key = blockIdx.x * blockDim.x + threadIdx.x;
  int query = blockIdx.y;
  if (key >= time) {
    return;
  }
  int width = heads * headSize;
  long long row = (long long)(blockIdx.z / heads) * time;
  int head = blockIdx.z % heads * headSize;
  float sum = 0.0f;
  for (int d = 0; d < headSize && key <= query; d++) {
    sum += qkv[(row + query) * 3 * width + head + d] * qkv[(row + key) * 3 * width + width + head + d];
  }
  scores[((long long)blockIdx.z * time + query) * time + key] = key <= query ? sum * scale : -INFINITY;
}

extern "C" __global__ void lab_attention_softmax_f32(float* scores, int time) {
  __shared__ float scratch[32];
  float* row = scores + ((long long)blockIdx.y * time + blockIdx.x) * time;
  float most = -INFINITY;
  for (int key = threadIdx.x; key < time; key += blockDim.x) {
    most = fmaxf(most, row[key]);
  }
  most = block_max(most, scratch);
  float sum = 0.0f;
  for (int key = threadIdx.x; key < time; key += blockDim.x) {
    sum += expf(row[key] - most);
  }
  sum = block_sum(sum, scratch);
  for (int key = threadIdx.x; key < time; key += blockDim.x) {
    row[key] = expf(row[key] - most) / sum;
  }
}

extern "C" __global__ void lab_attention_mix_f32(
    const float* qkv, const float* scores, float* out, int time, int heads, int headSize) {
  int d = blockIdx.x * blockDim.x + threadIdx.x;
  int query = blockIdx.y;
  if (d >= headSize) {
    return;
  }
  int width = heads * headSize;
  long long row = (long long)(blockIdx.z / heads) * time;
  int head = blockIdx.z % heads * headSize;
  float sum = 0.0f;
  for (int key = 0; key <= query; key++) {
    float weight = scores[((long long)blockIdx.z * time + query) * time + key];
    sum += weight * qkv[(row + key) * 3 * width + 2 * width + head + d];
  }
  out[(row + query) * width + head + d] = sum;
}

#define LAB_COLUMNS 4 // of a head, 32 apart, that a lane keeps

extern "C" __global__ void lab_attention_online_f32(
    const float* qkv, float* out, int time, int heads, int headSize, float scale) {
  int query = blockIdx.x * (blockDim.x >> 5) + warp_id();
  if (query >= time) {
    return;
  }
  int width = heads * headSize;
  long long row = (long long)(blockIdx.y / heads) * time;
  const float* base = qkv + row * 3 * width + blockIdx.y % heads * headSize;
  float own[LAB_COLUMNS];
  float mixed[LAB_COLUMNS];
  for (int i = 0; i < LAB_COLUMNS; i++) {
    int d = lane_id() + 32 * i;
    own[i] = d < headSize ? base[query * 3LL * width + d] : 0.0f;
    mixed[i] = 0.0f;
  }
  float most = -INFINITY;
  float sum = 0.0f;
  for (int key = 0; key <= query; key++) {
    const float* other = base + key * 3LL * width + width;
    float product = 0.0f;
    for (int i = 0; i < LAB_COLUMNS; i++) {
      int d = lane_id() + 32 * i;
      product += d < headSize ? own[i] * other[d] : 0.0f;
    }
    float score = warp_sum(product) * scale;
    float next = fmaxf(most, score);
    float shrink = expf(most - next);
    float weight = expf(score - next);
    sum = sum * shrink + weight;
    for (int i = 0; i < LAB_COLUMNS; i++) {
      int d = lane_id() + 32 * i;
      mixed[i] = mixed[i] * shrink + (d < headSize ? weight * other[width + d] : 0.0f);
    }
    most = next;
  }
  for (int i = 0; i < LAB_COLUMNS; i++) {
    int d = lane_id() + 32 * i;
    if (d < headSize) {
      out[(row + query) * width + blockIdx.y % heads * headSize + d] = mixed[i] / sum;
    }
  }
}
