// bfloat16 on the device and in the emulation.
#pragma once
#include "common.cuh"
#ifndef CUEMU
#include <cuda_bf16.h>
#endif

struct __align__(16) RoundedEight {
  __nv_bfloat162 pair[4];
};

// The stride of rounded rows: whole eights.
static __device__ __forceinline__ int eights(int width) {
  return (width + 7) / 8 * 8;
}
