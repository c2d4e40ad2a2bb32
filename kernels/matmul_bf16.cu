// C (+)= A·B + bias from operands rounded to bfloat16 (round_bf16.cu), summed in single precision: nt is
// x·weight^T, nn dOut·weight, tn dOut^T·x, as in matmul.cu, whose matmul_add_partials also adds the parts of K.
// Shapes: nt a [m,k], b [n,k]; nn a [m,k], b [k,n]; tn a [k,m], b [k,n], bf16, strides of whole eights; bias
// [n] or null; c [m,n] in single precision. Grid: (ceil(n/128), ceil(m/128), parts) of 128 threads;
// part z takes k in [z, z+1)·kPerPart, a multiple of 32. Dynamic shared memory BF16_SHARED: 48 KB, so that two
// blocks share a multiprocessor.
// 2mnk FLOPs, 64 for each byte that a block reads. At 4096^3: 137 GFLOP, 0.14 ms on an H100 at
// 990 TFLOP/s; W1's qkv (m 2,048, k 256, n 768): 0.81 GFLOP, 2.3 us (7.7 MB at 3.35 TB/s).
#include "matmul_bf16_tile.cuh"

template <bool A_BY_K, bool B_BY_K>
static __device__ __forceinline__ void matmul_rounded(
    const unsigned short* a, const unsigned short* b, const float* bias, float* c, int m, int n, int k,
    int aStride, int bStride, int cStride, int kPerPart, int accumulate) {
  typedef RoundedTile<A_BY_K, B_BY_K> Rounded;
  int row = blockIdx.y * BF16_TILE;
  int column = blockIdx.x * BF16_TILE;
  int from = blockIdx.z * kPerPart;
  Rounded tile;
  tile.multiply(typename Rounded::A(a, aStride, row, m, from),
                typename Rounded::B(b, bStride, column, n, from), min(k - from, kPerPart));
  bool whole = gridDim.z == 1;
  tile.write(whole ? bias : nullptr, c + blockIdx.z * ((long long)m * n), cStride, row, m, column, n,
             whole && accumulate);
}

extern "C" __global__ void __launch_bounds__(BF16_THREADS, 2) matmul_nt_bf16(
    const unsigned short* a, const unsigned short* b, const float* bias, float* c, int m, int n, int k,
    int aStride, int bStride, int cStride, int kPerPart, int accumulate) {
  matmul_rounded<true, true>(a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(BF16_THREADS, 2) matmul_nn_bf16(
    const unsigned short* a, const unsigned short* b, const float* bias, float* c, int m, int n, int k,
    int aStride, int bStride, int cStride, int kPerPart, int accumulate) {
  matmul_rounded<true, false>(a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(BF16_THREADS, 2) matmul_tn_bf16(
    const unsigned short* a, const unsigned short* b, const float* bias, float* c, int m, int n, int k,
    int aStride, int bStride, int cStride, int kPerPart, int accumulate) {
  matmul_rounded<false, false>(a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}
