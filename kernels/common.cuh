// What the kernels share: dynamic shared memory, reductions in a fixed order, errors that a kernel
// cannot throw. Letters in shapes are those of tensor.Backend: B batch, T time, C width, H heads,
// D head size, V vocabulary, A awake experts, K top-k, F expert hidden, N = B·T, S = N·K.
#pragma once
#ifndef CUEMU // the host emulation supplies all of it by a header that is included first
#include <cuda_runtime.h>
// Behind what a kernel names itself, from a whole line on, which rows of tiles then do not straddle.
#define DYN_SHARED(T, name)                                   \
  extern __shared__ __align__(128) unsigned char name##_raw[]; \
  T* const name = (T*)name##_raw
#endif

#define FULL_WARP 0xffffffffu

// Codes of an error record {code, value, place, limit}; the host turns them into a sentence.
enum ErrorCode {
  BAD_ID = 1,
  BAD_POSITION = 2,
  BAD_TARGET = 3,
  BAD_SEGMENT = 4,
  BAD_EXPERT = 5,
  BAD_SLOT = 6,
  BAD_ROW = 7,
  BAD_OFFSET = 8,
  TOO_FEW_FAMILIES = 9,
  BAD_ACTIVATION = 10,
  BAD_RATE = 11,
  BAD_CACHE_ROW = 12
};

// A kernel skips what it cannot index and leaves the first finding here; the next read reports it.
static __device__ __forceinline__ void report(int* error, int code, int value, int place, int limit) {
  if (atomicCAS(error, 0, code) == 0) {
    error[1] = value;
    error[2] = place;
    error[3] = limit;
  }
}

// Whether low <= value < limit; otherwise it is reported.
static __device__ __forceinline__ bool in_range(
    int value, int low, int limit, int code, int place, int* error) {
  if (value >= low && value < limit) {
    return true;
  }
  report(error, code, value, place, limit);
  return false;
}

static __device__ __forceinline__ int lane_id() {
  return threadIdx.x & 31;
}

static __device__ __forceinline__ int warp_id() {
  return threadIdx.x >> 5;
}

// Index of this thread in a grid of one dimension.
static __device__ __forceinline__ long long global_index() {
  return blockIdx.x * (long long)blockDim.x + threadIdx.x;
}

// Threads of a grid of one dimension.
static __device__ __forceinline__ long long grid_size() {
  return gridDim.x * (long long)blockDim.x;
}

// Whether rows of this width start at multiples of 16 bytes, so that they may be read as float4.
static __device__ __forceinline__ bool by_fours(int width) {
  return (width & 3) == 0;
}

// Butterflies: every lane ends with the same sum, whose order depends on nothing.
template <class T>
static __device__ __forceinline__ T warp_sum(T value) {
  for (int offset = 16; offset > 0; offset >>= 1) {
    value += __shfl_xor_sync(FULL_WARP, value, offset);
  }
  return value;
}

static __device__ __forceinline__ float warp_max(float value) {
  for (int offset = 16; offset > 0; offset >>= 1) {
    value = fmaxf(value, __shfl_xor_sync(FULL_WARP, value, offset));
  }
  return value;
}

// Sum over a block of whole warps, at most 32 of them; all threads get it. `scratch` holds one
// element a warp and may be used again at once, also by the next call.
template <class T>
static __device__ __forceinline__ T block_sum(T value, T* scratch) {
  value = warp_sum(value);
  __syncthreads();
  if (lane_id() == 0) {
    scratch[warp_id()] = value;
  }
  __syncthreads();
  T sum = 0;
  for (int warp = 0; warp < (int)(blockDim.x >> 5); warp++) {
    sum += scratch[warp];
  }
  return sum;
}

static __device__ __forceinline__ float block_max(float value, float* scratch) {
  value = warp_max(value);
  __syncthreads();
  if (lane_id() == 0) {
    scratch[warp_id()] = value;
  }
  __syncthreads();
  float most = scratch[0];
  for (int warp = 1; warp < (int)(blockDim.x >> 5); warp++) {
    most = fmaxf(most, scratch[warp]);
  }
  return most;
}

// Rows [from, to) of expert e; nothing where the offsets are none that sorting makes, which is
// reported.
static __device__ __forceinline__ void expert_rows(
    const int* offsets, int e, int rows, int* from, int* to, int* error) {
  *from = offsets[e];
  *to = offsets[e + 1];
  if (*from < 0 || *to < *from || *to > rows) {
    report(error, BAD_OFFSET, *to, e + 1, rows);
    *to = *from = 0;
  }
}
