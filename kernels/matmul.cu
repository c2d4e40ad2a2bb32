// C (+)= A·B + bias in single precision: nt is x·weight^T (a dense layer forward), nn dOut·weight (its
// input's gradient), tn dOut^T·x (its weight's). Tiles of 128x128 where there are enough to fill the
// device, else of 64x64; where even those are few, gridDim.z parts of K go to a workspace [z,m,n] and
// matmul_add_partials adds them in their order.
// Shapes: nt a [m,k], b [n,k]; nn a [m,k], b [k,n]; tn a [k,m], b [k,n]; bias [n] or null; c [m,n].
// Rows of an operand are its stride apart, those of c cStride; in a workspace that is n.
// Grid: (ceil(n/TILE), ceil(m/TILE), parts) of TILE threads; part z takes k in [z, z+1)·kPerPart. Shared
// memory 16 or 8 KB.
// 2mnk FLOPs; moves 4k(mn/TILE·2) bytes through the cache and at least 4(mk + kn + mn) from memory. At W1's qkv (m 2,048, k 256,
// n 768): 0.81 GFLOP, 12 us on an H100 at 67 TFLOP/s (9.2 MB: 2.7 us); 4096^3: 137 GFLOP, 2.05 ms.
// Source: the tiling is that of Volkov and Demmel 2008 and CUTLASS.
#include "matmul_tile.cuh"

template <int TILE, bool A_BY_K, bool B_BY_K>
static __device__ __forceinline__ void matmul(
    const float* a, const float* b, const float* bias, float* c, int m, int n, int k, int aStride,
    int bStride, int cStride, int kPerPart, int accumulate) {
  int row = blockIdx.y * TILE;
  int column = blockIdx.x * TILE;
  int from = blockIdx.z * kPerPart;
  float sums[8][TILE / 8];
  multiply_tile<TILE, A_BY_K, B_BY_K>(Operand<TILE, A_BY_K>(a, aStride, row, m, from),
                                      Operand<TILE, B_BY_K>(b, bStride, column, n, from),
                                      min(k - from, kPerPart), sums);
  bool whole = gridDim.z == 1;
  write_tile<TILE>(sums, whole ? bias : nullptr, c + blockIdx.z * ((long long)m * n), cStride, row,
                   m, column, n, whole && accumulate);
}

extern "C" __global__ void __launch_bounds__(128) matmul_nt_128_f32(
    const float* a, const float* b, const float* bias, float* c, int m, int n, int k, int aStride,
    int bStride, int cStride, int kPerPart, int accumulate) {
  matmul<128, true, true>(a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(128) matmul_nn_128_f32(
    const float* a, const float* b, const float* bias, float* c, int m, int n, int k, int aStride,
    int bStride, int cStride, int kPerPart, int accumulate) {
  matmul<128, true, false>(a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(128) matmul_tn_128_f32(
    const float* a, const float* b, const float* bias, float* c, int m, int n, int k, int aStride,
    int bStride, int cStride, int kPerPart, int accumulate) {
  matmul<128, false, false>(a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(64) matmul_nt_64_f32(
    const float* a, const float* b, const float* bias, float* c, int m, int n, int k, int aStride,
    int bStride, int cStride, int kPerPart, int accumulate) {
  matmul<64, true, true>(a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(64) matmul_nn_64_f32(
    const float* a, const float* b, const float* bias, float* c, int m, int n, int k, int aStride,
    int bStride, int cStride, int kPerPart, int accumulate) {
  matmul<64, true, false>(a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

extern "C" __global__ void __launch_bounds__(64) matmul_tn_64_f32(
    const float* a, const float* b, const float* bias, float* c, int m, int n, int k, int aStride,
    int bStride, int cStride, int kPerPart, int accumulate) {
  matmul<64, false, false>(a, b, bias, c, m, n, k, aStride, bStride, cStride, kPerPart, accumulate);
}

// With no parts it is the bias alone that c becomes, or gets added. Grid: blocks of 256 threads over the
// m·n elements, fewer than 2^31.
extern "C" __global__ void matmul_add_partials_f32(
    const float* partials, const float* bias, float* c, int m, int n, int cStride, int parts,
    int accumulate) {
  long long i = global_index();
  long long size = (long long)m * n;
  if (i >= size) {
    return;
  }
  int row = (int)i / n;
  int column = (int)i % n;
  float sum = bias == nullptr ? 0.0f : bias[column];
  for (int part = 0; part < parts; part++) {
    sum += partials[part * size + i];
  }
  float* target = c + (long long)row * cStride + column;
  *target = accumulate ? *target + sum : sum;
}
