// Sums of columns in a fixed order: first over blocks of rows, then over the blocks as they come.
// column_sums: partials[block][c] = sum of x over the block's rows. column_sums_add: target_c += sum
// over the blocks. What a bias and a norm's parameters get as gradient.
// Shapes: x [rows,width], its rows `stride` apart, partials [blocks,width], target [width]. Grid: (ceil(width/32), blocks) of
// 32x8 threads, row lane y adding every eighth row; the second ceil(width/256) of 256 threads.
// Moves 4·rows·width bytes for as many additions. At W1 [2048,768]: 6.3 MB, 1.9 us on an H100 at
// 3.35 TB/s.
#include "common.cuh"

extern "C" __global__ void column_sums_f32(
    const float* x, float* partials, int rows, int width, int stride, int rowsPerBlock) {
  __shared__ float sums[8][32];
  int column = blockIdx.x * 32 + threadIdx.x;
  int from = blockIdx.y * rowsPerBlock;
  int to = min(rows, from + rowsPerBlock);
  float sum = 0.0f;
  if (column < width) {
    for (int row = from + threadIdx.y; row < to; row += 8) {
      sum += x[(long long)row * stride + column];
    }
  }
  sums[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y == 0 && column < width) {
    for (int y = 1; y < 8; y++) {
      sum += sums[y][threadIdx.x];
    }
    partials[(long long)blockIdx.y * width + column] = sum;
  }
}

extern "C" __global__ void column_sums_add_f32(
    const float* partials, float* target, int blocks, int width) {
  int column = (int)global_index();
  if (column < width) {
    float sum = 0.0f;
    for (int block = 0; block < blocks; block++) {
      sum += partials[(long long)block * width + column];
    }
    target[column] += sum;
  }
}
