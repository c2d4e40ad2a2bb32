// C (+)= A·B + bias from operands rounded to bfloat16 (round_bf16.cu), summed in single precision: nt is
// x·weight^T, nn dOut·weight, tn dOut^T·x, as in matmul.cu, whose matmul_add_partials also adds the parts of K.
// Shapes: nt a [m,k], b [n,k]; nn a [m,k], b [k,n]; tn a [k,m], b [k,n], bf16, strides of whole eights; bias
// [n] or null; c [m,n] in single precision. Grid: (ceil(n/COLUMNS), ceil(m/128), parts) of COLUMNS threads, 128
// or 256 as the name says; part z takes k in [z, z+1)·kPerPart, a multiple of 32. Dynamic shared memory
// BF16_SHARED(COLUMNS): 64 or 96 KB, two blocks or one of a multiprocessor.
// 2mnk FLOPs; for each byte that a block reads it does 64 or 85. At 4096^3: 137 GFLOP, 0.14 ms on an H100 at
// 990 TFLOP/s; W1's qkv (m 2,048, k 256, n 768): 0.81 GFLOP, 2.3 us (7.7 MB at 3.35 TB/s).
#include "matmul_bf16_tile.cuh"

template <bool A_BY_K, bool B_BY_K, int COLUMNS>
static __device__ __forceinline__ void matmul_rounded(
    const unsigned short* a, const unsigned short* b, const float* bias, float* c, int m, int n, int k,
    int aStride, int bStride, int cStride, int kPerPart, int accumulate) {
  typedef RoundedTile<A_BY_K, B_BY_K, COLUMNS> Rounded;
  DYN_SHARED(unsigned char, shared);
  int row = blockIdx.y * BF16_ROWS;
  int column = blockIdx.x * COLUMNS;
  int from = blockIdx.z * kPerPart;
  Rounded tile;
  tile.multiply(typename Rounded::A(a, aStride, row, m, from),
                typename Rounded::B(b, bStride, column, n, from), min(k - from, kPerPart),
                shared_address(shared));
  bool whole = gridDim.z == 1;
  tile.write(whole ? bias : nullptr, c + blockIdx.z * ((long long)m * n), cStride, row, m, column, n,
             whole && accumulate);
}

extern "C" __global__ void __launch_bounds__(128, 2) matmul_nt_128_bf16(
    const unsigned short* a, const unsigned short* b, const float* bias, float* c, int m, int n, int k,
    int aStride, int bStride, int cStride, int kPerPart, int accumulate) {
  matmul_rounded<true, true, 128>(
      a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(128, 2) matmul_nn_128_bf16(
    const unsigned short* a, const unsigned short* b, const float* bias, float* c, int m, int n, int k,
    int aStride, int bStride, int cStride, int kPerPart, int accumulate) {
  matmul_rounded<true, false, 128>(
      a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(128, 2) matmul_tn_128_bf16(
    const unsigned short* a, const unsigned short* b, const float* bias, float* c, int m, int n, int k,
    int aStride, int bStride, int cStride, int kPerPart, int accumulate) {
  matmul_rounded<false, false, 128>(
      a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(256, 1) matmul_nt_256_bf16(
    const unsigned short* a, const unsigned short* b, const float* bias, float* c, int m, int n, int k,
    int aStride, int bStride, int cStride, int kPerPart, int accumulate) {
  matmul_rounded<true, true, 256>(
      a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(256, 1) matmul_nn_256_bf16(
    const unsigned short* a, const unsigned short* b, const float* bias, float* c, int m, int n, int k,
    int aStride, int bStride, int cStride, int kPerPart, int accumulate) {
  matmul_rounded<true, false, 256>(
      a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(256, 1) matmul_tn_256_bf16(
    const unsigned short* a, const unsigned short* b, const float* bias, float* c, int m, int n, int k,
    int aStride, int bStride, int cStride, int kPerPart, int accumulate) {
  matmul_rounded<false, false, 256>(
      a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}
