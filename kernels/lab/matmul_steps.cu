// The way to matmul.cu: c = a·b^T in single precision, a [m,k], b [n,k], c [m,n], 2mnk FLOPs.
// 1 naive: a thread an element, 2k loads for 2k FLOPs; neighbours share b's rows through the cache alone.
//   Grid: (ceil(n/16), ceil(m/16)) of 16x16.
// 2 shared: tiles of 32x32 in shared memory, each element read 32 times from there: the cache is spared,
//   shared memory becomes the limit (8 bytes for 2 FLOPs). Grid: (ceil(n/32), ceil(m/32)) of 32x32.
// 3 registers: 64x64 of a block, 4x4 of a thread: 8 reads of shared memory serve 16 multiplications, one at
//   a time and with bank conflicts on the way in. Grid: (ceil(n/64), ceil(m/64)) of 256.
// 4 matmul.cu: reads of four, a permuted layout without conflicts, double buffering, 8x8 of a thread.
// At 4096^3, 137 GFLOP: 2.05 ms on an H100 at 67 TFLOP/s; kernels/README.md has what was measured.
#include "../common.cuh"

extern "C" __global__ void lab_matmul_naive_f32(
    const float* a, const float* b, float* c, int m, int n, int k) {
  int row = blockIdx.y * blockDim.y + threadIdx.y;
  int column = blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= m || column >= n) {
    return;
  }
  float sum = 0.0f;
  for (int i = 0; i < k; i++) {
    sum += a[(long long)row * k + i] * b[(long long)column * k + i];
  }
  c[(long long)row * n + column] = sum;
}

extern "C" __global__ void __launch_bounds__(1024) lab_matmul_shared_f32(
    const float* a, const float* b, float* c, int m, int n, int k) {
  __shared__ float left[32][33];
  __shared__ float right[32][33];
  int row = blockIdx.y * 32 + threadIdx.y;
  int column = blockIdx.x * 32 + threadIdx.x;
  int other = blockIdx.x * 32 + threadIdx.y; // the row of b that this thread fetches
  float sum = 0.0f;
  for (int first = 0; first < k; first += 32) {
    int i = first + threadIdx.x;
    left[threadIdx.y][threadIdx.x] = row < m && i < k ? a[(long long)row * k + i] : 0.0f;
    right[threadIdx.y][threadIdx.x] = other < n && i < k ? b[(long long)other * k + i] : 0.0f;
    __syncthreads();
    for (int step = 0; step < 32; step++) {
      sum += left[threadIdx.y][step] * right[threadIdx.x][step];
    }
    __syncthreads();
  }
  if (row < m && column < n) {
    c[(long long)row * n + column] = sum;
  }
}

extern "C" __global__ void __launch_bounds__(256) lab_matmul_registers_f32(
    const float* a, const float* b, float* c, int m, int n, int k) {
  __shared__ float left[16][64];
  __shared__ float right[16][64];
  int row = blockIdx.y * 64;
  int column = blockIdx.x * 64;
  int across = threadIdx.x % 16 * 4;
  int down = threadIdx.x / 16 * 4;
  float sums[4][4] = {};
  for (int first = 0; first < k; first += 16) {
    for (int i = threadIdx.x; i < 1024; i += 256) {
      int at = first + i % 16;
      int y = row + i / 16;
      int x = column + i / 16;
      left[i % 16][i / 16] = y < m && at < k ? a[(long long)y * k + at] : 0.0f;
      right[i % 16][i / 16] = x < n && at < k ? b[(long long)x * k + at] : 0.0f;
    }
    __syncthreads();
    for (int step = 0; step < 16; step++) {
      for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
          sums[i][j] += left[step][down + i] * right[step][across + j];
        }
      }
    }
    __syncthreads();
  }
  for (int i = 0; i < 4; i++) {
    for (int j = 0; j < 4; j++) {
      if (row + down + i < m && column + across + j < n) {
        c[(long long)(row + down + i) * n + column + across + j] = sums[i][j];
      }
    }
  }
}
