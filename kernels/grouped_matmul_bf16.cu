// Each expert's dense layer on its own rows, as grouped_matmul.cu, from operands rounded to bfloat16
// (round_bf16.cu), summed in single precision: forward out_r = x_r·weights[e]^T + biases[e], input dX_r =
// dOut_r·weights[e], weight dWeights[e] += dOut_e^T·x_e over expert e's rows.
// Shapes: x [S,I], dOut [S,O] and weights [A][O,I], bf16, rows padded to whole eights; out [S,O]; dX [S,I];
// offsets I32 [A+1]; dWeights and biases tables of A pointers to [O,I] and [O]. Rows from offsets[A] on are
// neither read nor written. Grid: forward (ceil(O/COLUMNS), ceil(S/128) + A), input (ceil(I/COLUMNS), the
// same), weight (ceil(I/COLUMNS), ceil(O/128), A), of COLUMNS threads, 128 or 256 as the name says. Dynamic
// shared memory BF16_SHARED(COLUMNS): 64 or 96 KB.
// 2SIO FLOPs each; moves at least 2(SI + A·I·O) + 4SO bytes. At W1's layers (S 4,096, I 256, O 1,024, A 8):
// 2.1 GFLOP, 23 MB, 7 us on an H100 at 3.35 TB/s (2.2 us at 990 TFLOP/s).
#include "grouped_tile.cuh"
#include "matmul_bf16_tile.cuh"

template <int COLUMNS>
static __device__ __forceinline__ void grouped_forward(
    const unsigned short* x, const int* offsets, const unsigned short* weights,
    const float* const* biases, float* out, int experts, int rows, int inputs, int outputs,
    int* error) {
  typedef RoundedTile<true, true, COLUMNS> Rounded;
  DYN_SHARED(unsigned char, shared);
  __shared__ Tile tile;
  find_tile<BF16_ROWS>(&tile, offsets, experts, rows, error);
  if (tile.expert < 0) {
    return;
  }
  int column = blockIdx.x * COLUMNS;
  const unsigned short* weight = weights + (long long)tile.expert * outputs * eights(inputs);
  Rounded sums;
  sums.multiply(typename Rounded::A(x, eights(inputs), tile.first, tile.end, 0),
                typename Rounded::B(weight, eights(inputs), column, outputs, 0), inputs,
                shared_address(shared));
  sums.write(biases[tile.expert], out, outputs, tile.first, tile.end, column, outputs, false);
}

template <int COLUMNS>
static __device__ __forceinline__ void grouped_input(
    const unsigned short* dOut, const int* offsets, const unsigned short* weights, float* dX,
    int experts, int rows, int inputs, int outputs, int* error) {
  typedef RoundedTile<true, false, COLUMNS> Rounded;
  DYN_SHARED(unsigned char, shared);
  __shared__ Tile tile;
  find_tile<BF16_ROWS>(&tile, offsets, experts, rows, error);
  if (tile.expert < 0) {
    return;
  }
  int column = blockIdx.x * COLUMNS;
  const unsigned short* weight = weights + (long long)tile.expert * outputs * eights(inputs);
  Rounded sums;
  sums.multiply(typename Rounded::A(dOut, eights(outputs), tile.first, tile.end, 0),
                typename Rounded::B(weight, eights(inputs), column, inputs, 0), outputs,
                shared_address(shared));
  sums.write(nullptr, dX, inputs, tile.first, tile.end, column, inputs, false);
}

template <int COLUMNS>
static __device__ __forceinline__ void grouped_weight(
    const unsigned short* x, const unsigned short* dOut, const int* offsets, float* const* dWeights,
    int rows, int inputs, int outputs, int* error) {
  typedef RoundedTile<false, false, COLUMNS> Rounded;
  DYN_SHARED(unsigned char, shared);
  int from;
  int to;
  expert_rows(offsets, blockIdx.z, rows, &from, &to, error);
  if (from == to) {
    return;
  }
  int row = blockIdx.y * BF16_ROWS;
  int column = blockIdx.x * COLUMNS;
  Rounded sums;
  sums.multiply(typename Rounded::A(dOut, eights(outputs), row, outputs, from),
                typename Rounded::B(x, eights(inputs), column, inputs, from), to - from,
                shared_address(shared));
  sums.write(nullptr, dWeights[blockIdx.z], inputs, row, outputs, column, inputs, true);
}

extern "C" __global__ void __launch_bounds__(128, 2) grouped_forward_128_bf16(
    const unsigned short* x, const int* offsets, const unsigned short* weights,
    const float* const* biases, float* out, int experts, int rows, int inputs, int outputs,
    int* error) {
  grouped_forward<128>(x, offsets, weights, biases, out, experts, rows, inputs, outputs, error);
}

extern "C" __global__ void __launch_bounds__(128, 2) grouped_input_128_bf16(
    const unsigned short* dOut, const int* offsets, const unsigned short* weights, float* dX,
    int experts, int rows, int inputs, int outputs, int* error) {
  grouped_input<128>(dOut, offsets, weights, dX, experts, rows, inputs, outputs, error);
}

extern "C" __global__ void __launch_bounds__(128, 2) grouped_weight_128_bf16(
    const unsigned short* x, const unsigned short* dOut, const int* offsets, float* const* dWeights,
    int rows, int inputs, int outputs, int* error) {
  grouped_weight<128>(x, dOut, offsets, dWeights, rows, inputs, outputs, error);
}

extern "C" __global__ void __launch_bounds__(256, 1) grouped_forward_256_bf16(
    const unsigned short* x, const int* offsets, const unsigned short* weights,
    const float* const* biases, float* out, int experts, int rows, int inputs, int outputs,
    int* error) {
  grouped_forward<256>(x, offsets, weights, biases, out, experts, rows, inputs, outputs, error);
}

extern "C" __global__ void __launch_bounds__(256, 1) grouped_input_256_bf16(
    const unsigned short* dOut, const int* offsets, const unsigned short* weights, float* dX,
    int experts, int rows, int inputs, int outputs, int* error) {
  grouped_input<256>(dOut, offsets, weights, dX, experts, rows, inputs, outputs, error);
}

extern "C" __global__ void __launch_bounds__(256, 1) grouped_weight_256_bf16(
    const unsigned short* x, const unsigned short* dOut, const int* offsets, float* const* dWeights,
    int rows, int inputs, int outputs, int* error) {
  grouped_weight<256>(x, dOut, offsets, dWeights, rows, inputs, outputs, error);
}
