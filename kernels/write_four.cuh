// How both precisions write what they summed.
#pragma once
#include "common.cuh"

// row[column ... column+3] (+)= value + bias, as far as the columns exist; bias may be null. Rows are
// `stride` apart.
static __device__ __forceinline__ void write_four(
    float4 value, const float* bias, float* row, int stride, int column, int columns,
    bool accumulate) {
  float* target = row + column;
  if (by_fours(stride) && column + 4 <= columns) {
    if (bias != nullptr) {
      float4 more = *(const float4*)(bias + column);
      value = make_float4(value.x + more.x, value.y + more.y, value.z + more.z, value.w + more.w);
    }
    if (accumulate) {
      float4 held = *(const float4*)target;
      value = make_float4(held.x + value.x, held.y + value.y, held.z + value.z, held.w + value.w);
    }
    *(float4*)target = value;
    return;
  }
  float values[4] = {value.x, value.y, value.z, value.w};
#pragma unroll
  for (int v = 0; v < 4; v++) {
    if (column + v < columns) {
      float sum = values[v] + (bias != nullptr ? bias[column + v] : 0.0f);
      target[v] = accumulate ? target[v] + sum : sum;
    }
  }
}
