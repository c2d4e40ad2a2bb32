// Each expert's dense layer on its own rows, as grouped_matmul.cu, with inputs rounded to bfloat16 and
// sums in single precision: forward out_r = x_r·weights[e]^T + biases[e], input dX_r = dOut_r·weights[e],
// weight dWeights[e] += dOut_e^T·x_e over expert e's rows.
// Shapes: x, dX [S,I]; out, dOut [S,O]; offsets I32 [A+1]; weights a table of A pointers to [O,I];
// biases one of A pointers to [O]. Rows from offsets[A] on are neither read nor written. Grid: forward
// (ceil(O/128), ceil(S/128) + A), input (ceil(I/128), the same), weight (ceil(I/128), ceil(O/128), A), of
// 256 threads. Shared memory up to 41 KB.
// 2SIO FLOPs each; moves at least 4(SI + SO + A·I·O) bytes. At W1's layers (S 4,096, I 256, O 1,024, A 8):
// 2.1 GFLOP, 29 MB, 9 us on an H100 at 3.35 TB/s (2.2 us at 990 TFLOP/s).
#include "grouped_tile.cuh"
#include "matmul_bf16_tile.cuh"

extern "C" __global__ void __launch_bounds__(256) grouped_forward_bf16(
    const float* x, const int* offsets, const float* const* weights, const float* const* biases,
    float* out, int experts, int rows, int inputs, int outputs, int* error) {
  __shared__ __align__(32) __nv_bfloat16 shared[BF16_SHARED(true, true)];
  __shared__ Tile tile;
  find_tile<BF16_TILE>(&tile, offsets, experts, rows, error);
  if (tile.expert < 0) {
    return;
  }
  int column = blockIdx.x * BF16_TILE;
  Sums sums[2][4];
  multiply_rounded<true, true>(
      RoundedOperand<true>(x, inputs, tile.first, tile.end, 0),
      RoundedOperand<true>(weights[tile.expert], inputs, column, outputs, 0), inputs, shared, sums);
  write_rounded(sums, (float*)shared, biases[tile.expert], out, tile.first, tile.end, column,
                outputs, false);
}

extern "C" __global__ void __launch_bounds__(256) grouped_input_bf16(
    const float* dOut, const int* offsets, const float* const* weights, float* dX, int experts,
    int rows, int inputs, int outputs, int* error) {
  __shared__ __align__(32) __nv_bfloat16 shared[BF16_SHARED(true, false)];
  __shared__ Tile tile;
  find_tile<BF16_TILE>(&tile, offsets, experts, rows, error);
  if (tile.expert < 0) {
    return;
  }
  int column = blockIdx.x * BF16_TILE;
  Sums sums[2][4];
  multiply_rounded<true, false>(
      RoundedOperand<true>(dOut, outputs, tile.first, tile.end, 0),
      RoundedOperand<false>(weights[tile.expert], inputs, column, inputs, 0), outputs, shared, sums);
  write_rounded(sums, (float*)shared, nullptr, dX, tile.first, tile.end, column, inputs, false);
}

extern "C" __global__ void __launch_bounds__(256) grouped_weight_bf16(
    const float* x, const float* dOut, const int* offsets, float* const* dWeights, int rows,
    int inputs, int outputs, int* error) {
  __shared__ __align__(32) __nv_bfloat16 shared[BF16_SHARED(false, false)];
  int from;
  int to;
  expert_rows(offsets, blockIdx.z, rows, &from, &to, error);
  if (from == to) {
    return;
  }
  int row = blockIdx.y * BF16_TILE;
  int column = blockIdx.x * BF16_TILE;
  Sums sums[2][4];
  multiply_rounded<false, false>(RoundedOperand<false>(dOut, outputs, row, outputs, from),
                                 RoundedOperand<false>(x, inputs, column, inputs, from), to - from,
                                 shared, sums);
  write_rounded(sums, (float*)shared, nullptr, dWeights[blockIdx.z], row, outputs, column, inputs,
                true);
}
