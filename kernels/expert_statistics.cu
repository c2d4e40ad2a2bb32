// What is measured of experts in a step, summed in double in a fixed order:
// utility_e = sum of gates[slotOfRow[r]]·|y_r| over expert e's rows; sums_e = sum of y_r over them, 0
// without rows; alignment = (sum <x_n,y_n>, sum |x_n|^2, sum |y_n|^2) over the tokens that are not
// padding.
// Shapes: y [S,C]; gates [N,K]; offsets I32 [A+1]; slotOfRow I32 [S]; rows f64 [S]; utility [A]; sums
// [A,C]; x, y of alignment [N,C]; segments I32 [N]; partials f64 [blocks,3]; out [3]. Grid: utility one
// warp a row, 8 a block of 256, then a block of 256 an expert; sums (ceil(C/32), A) of 32x8 threads;
// alignment one block of 256 for rowsPerBlock tokens, then 1 block of 256.
// Moves 4SC, 4SC and 8NC bytes for 2SC, SC and 6NC FLOPs in double. At W1 (S 4,096, N 2,048, C 256): 4.2
// MB, 1.3 us each on an H100 at 3.35 TB/s.
#include "common.cuh"

extern "C" __global__ void expert_utility_rows_f32(
    const float* y, const float* gates, const int* offsets, const int* slotOfRow, double* rows,
    int slots, int width, int experts, int* error) {
  int row = blockIdx.x * (blockDim.x >> 5) + warp_id();
  int owned = offsets[experts];
  if (!in_range(owned, 0, slots + 1, BAD_OFFSET, experts, error) || row >= owned) {
    return;
  }
  int slot = slotOfRow[row];
  if (!in_range(slot, 0, slots, BAD_SLOT, row, error)) {
    return;
  }
  double squares = 0.0;
  for (int c = lane_id(); c < width; c += 32) {
    double value = y[(long long)row * width + c];
    squares += value * value;
  }
  squares = warp_sum(squares);
  if (lane_id() == 0) {
    rows[row] = gates[slot] * sqrt(squares);
  }
}

extern "C" __global__ void expert_utility_finish_f32(
    const double* rows, const int* offsets, float* utility, int slots, int* error) {
  __shared__ double scratch[32];
  int from;
  int to;
  expert_rows(offsets, blockIdx.x, slots, &from, &to, error);
  double sum = 0.0;
  for (int row = from + threadIdx.x; row < to; row += blockDim.x) {
    sum += rows[row];
  }
  sum = block_sum(sum, scratch);
  if (threadIdx.x == 0) {
    utility[blockIdx.x] = (float)sum;
  }
}

extern "C" __global__ void expert_sums_f32(
    const float* y, const int* offsets, float* sums, int slots, int width, int* error) {
  __shared__ double lanes[8][32];
  int column = blockIdx.x * 32 + threadIdx.x;
  int from;
  int to;
  expert_rows(offsets, blockIdx.y, slots, &from, &to, error);
  double sum = 0.0;
  if (column < width) {
    for (int row = from + threadIdx.y; row < to; row += 8) {
      sum += y[(long long)row * width + column];
    }
  }
  lanes[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y == 0 && column < width) {
    for (int lane = 1; lane < 8; lane++) {
      sum += lanes[lane][threadIdx.x];
    }
    sums[(long long)blockIdx.y * width + column] = (float)sum;
  }
}

extern "C" __global__ void alignment_partial_f32(
    const float* x, const float* y, const int* segments, double* partials, int tokens, int width,
    int rowsPerBlock, int* error) {
  __shared__ double scratch[32];
  int to = min(tokens, (int)(blockIdx.x + 1) * rowsPerBlock);
  double xy = 0.0;
  double xx = 0.0;
  double yy = 0.0;
  for (int token = blockIdx.x * rowsPerBlock; token < to; token++) {
    in_range(segments[token], -1, 0x7fffffff, BAD_SEGMENT, token, error);
    if (segments[token] < 0) {
      continue;
    }
    for (int c = threadIdx.x; c < width; c += blockDim.x) {
      double a = x[(long long)token * width + c];
      double b = y[(long long)token * width + c];
      xy += a * b;
      xx += a * a;
      yy += b * b;
    }
  }
  xy = block_sum(xy, scratch);
  xx = block_sum(xx, scratch);
  yy = block_sum(yy, scratch);
  if (threadIdx.x == 0) {
    partials[blockIdx.x * 3] = xy;
    partials[blockIdx.x * 3 + 1] = xx;
    partials[blockIdx.x * 3 + 2] = yy;
  }
}

extern "C" __global__ void alignment_finish_f32(const double* partials, float* out, int blocks) {
  __shared__ double scratch[32];
  for (int i = 0; i < 3; i++) {
    double sum = 0.0;
    for (int block = threadIdx.x; block < blocks; block += blockDim.x) {
      sum += partials[block * 3 + i];
    }
    sum = block_sum(sum, scratch);
    if (threadIdx.x == 0) {
      out[i] = (float)sum;
    }
  }
}
