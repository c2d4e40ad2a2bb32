// C (+)= A·B + bias with inputs rounded to bfloat16 and sums in single precision: nt is x·weight^T, nn
// dOut·weight, tn dOut^T·x, as in matmul.cu, whose matmul_add_partials also adds the parts of K.
// Shapes: nt a [m,k], b [n,k]; nn a [m,k], b [k,n]; tn a [k,m], b [k,n]; bias [n] or null; c [m,n].
// Grid: (ceil(n/128), ceil(m/128), parts) of 256 threads; part z takes k in [z, z+1)·kPerPart, a multiple
// of 4. Shared memory up to 41 KB.
// 2mnk FLOPs; operands come in single precision, 1 byte for 32 FLOPs from the cache, which bounds it at
// about 180 TFLOP/s on an H100, far from the 990 of its tensor cores. At 4096^3: 137 GFLOP, 0.14 ms at
// 990 TFLOP/s, 0.8 ms at that bound; W1's qkv (m 2,048, k 256, n 768): 0.81 GFLOP, 2.7 us (9.2 MB at 3.35
// TB/s).
#include "matmul_bf16_tile.cuh"

template <bool A_BY_K, bool B_BY_K>
static __device__ __forceinline__ void matmul_rounded(
    const float* a, const float* b, const float* bias, float* c, int m, int n, int k, int kPerPart,
    int accumulate) {
  __shared__ __align__(32) __nv_bfloat16 shared[BF16_SHARED(A_BY_K, B_BY_K)];
  int row = blockIdx.y * BF16_TILE;
  int column = blockIdx.x * BF16_TILE;
  int from = blockIdx.z * kPerPart;
  Sums sums[2][4];
  multiply_rounded<A_BY_K, B_BY_K>(
      RoundedOperand<A_BY_K>(a, A_BY_K ? k : m, row, m, from),
      RoundedOperand<B_BY_K>(b, B_BY_K ? k : n, column, n, from), min(k - from, kPerPart), shared,
      sums);
  bool whole = gridDim.z == 1;
  write_rounded(sums, (float*)shared, whole ? bias : nullptr,
                c + blockIdx.z * ((long long)m * n), row, m, column, n, whole && accumulate);
}

extern "C" __global__ void __launch_bounds__(256) matmul_nt_bf16(
    const float* a, const float* b, const float* bias, float* c, int m, int n, int k, int kPerPart,
    int accumulate) {
  matmul_rounded<true, true>(a, b, bias, c, m, n, k, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(256) matmul_nn_bf16(
    const float* a, const float* b, const float* bias, float* c, int m, int n, int k, int kPerPart,
    int accumulate) {
  matmul_rounded<true, false>(a, b, bias, c, m, n, k, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(256) matmul_tn_bf16(
    const float* a, const float* b, const float* bias, float* c, int m, int n, int k, int kPerPart,
    int accumulate) {
  matmul_rounded<false, false>(a, b, bias, c, m, n, k, kPerPart, accumulate);
}
