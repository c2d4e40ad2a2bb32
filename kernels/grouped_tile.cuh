// How a block of a grouped matmul finds its rows: the offsets are on the device alone.
#pragma once
#include "common.cuh"

// The rows of one tile. Kept in shared memory: the sums leave no registers for it.
struct Tile {
  int expert; // -1 for a block beyond the last tile
  int first;
  int end; // of the expert's rows
};

// Finds the blockIdx.y-th tile of rows, for all threads.
template <int TILE>
static __device__ __forceinline__ void find_tile(
    Tile* found, const int* offsets, int experts, int rows, int* error) {
  if (threadIdx.x == 0) {
    int tile = blockIdx.y;
    found->expert = -1;
    for (int e = 0; e < experts; e++) {
      int from;
      int to;
      expert_rows(offsets, e, rows, &from, &to, error);
      int tiles = (to - from + TILE - 1) / TILE;
      if (tile < tiles) {
        found->expert = e;
        found->first = from + tile * TILE;
        found->end = to;
        break;
      }
      tile -= tiles;
    }
  }
  __syncthreads();
}
