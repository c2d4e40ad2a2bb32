// Each expert's dense layer on its own rows, as grouped_matmul.cu, from operands rounded to bfloat16
// (round_bf16.cu), summed in single precision: forward out_r = x_r·weights[e]^T + biases[e], input dX_r =
// dOut_r·weights[e], weight dWeights[e] += dOut_e^T·x_e over expert e's rows.
// Shapes: x [S,I], dOut [S,O] and weights [A][O,I], bf16, rows padded to whole eights; out [S,O]; dX [S,I];
// offsets I32 [A+1]; dWeights and biases tables of A pointers to [O,I] and [O]. Rows from offsets[A] on are
// neither read nor written. Grid: forward (ceil(O/128), ceil(S/128) + A), input (ceil(I/128), the same),
// weight (ceil(I/128), ceil(O/128), A), of 128 threads. Dynamic shared memory BF16_SHARED: 48 KB.
// 2SIO FLOPs each; moves at least 2(SI + A·I·O) + 4SO bytes. At W1's layers (S 4,096, I 256, O 1,024, A 8):
// 2.1 GFLOP, 23 MB, 7 us on an H100 at 3.35 TB/s (2.2 us at 990 TFLOP/s).
#include "grouped_tile.cuh"
#include "matmul_bf16_tile.cuh"

extern "C" __global__ void __launch_bounds__(BF16_THREADS, 2) grouped_forward_bf16(
    const unsigned short* x, const int* offsets, const unsigned short* weights,
    const float* const* biases, float* out, int experts, int rows, int inputs, int outputs,
    int* error) {
  typedef RoundedTile<true, true> Rounded;
  __shared__ Tile tile;
  find_tile<BF16_TILE>(&tile, offsets, experts, rows, error);
  if (tile.expert < 0) {
    return;
  }
  int column = blockIdx.x * BF16_TILE;
  const unsigned short* weight = weights + (long long)tile.expert * outputs * eights(inputs);
  Rounded sums;
  sums.multiply(Rounded::A(x, eights(inputs), tile.first, tile.end, 0),
                Rounded::B(weight, eights(inputs), column, outputs, 0), inputs);
  sums.write(biases[tile.expert], out, outputs, tile.first, tile.end, column, outputs, false);
}

extern "C" __global__ void __launch_bounds__(BF16_THREADS, 2) grouped_input_bf16(
    const unsigned short* dOut, const int* offsets, const unsigned short* weights, float* dX,
    int experts, int rows, int inputs, int outputs, int* error) {
  typedef RoundedTile<true, false> Rounded;
  __shared__ Tile tile;
  find_tile<BF16_TILE>(&tile, offsets, experts, rows, error);
  if (tile.expert < 0) {
    return;
  }
  int column = blockIdx.x * BF16_TILE;
  const unsigned short* weight = weights + (long long)tile.expert * outputs * eights(inputs);
  Rounded sums;
  sums.multiply(Rounded::A(dOut, eights(outputs), tile.first, tile.end, 0),
                Rounded::B(weight, eights(inputs), column, inputs, 0), outputs);
  sums.write(nullptr, dX, inputs, tile.first, tile.end, column, inputs, false);
}

extern "C" __global__ void __launch_bounds__(BF16_THREADS, 2) grouped_weight_bf16(
    const unsigned short* x, const unsigned short* dOut, const int* offsets, float* const* dWeights,
    int rows, int inputs, int outputs, int* error) {
  typedef RoundedTile<false, false> Rounded;
  int from;
  int to;
  expert_rows(offsets, blockIdx.z, rows, &from, &to, error);
  if (from == to) {
    return;
  }
  int row = blockIdx.y * BF16_TILE;
  int column = blockIdx.x * BF16_TILE;
  Rounded sums;
  sums.multiply(Rounded::A(dOut, eights(outputs), row, outputs, from),
                Rounded::B(x, eights(inputs), column, inputs, from), to - from);
  sums.write(nullptr, dWeights[blockIdx.z], inputs, row, outputs, column, inputs, true);
}
