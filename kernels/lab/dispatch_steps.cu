// The way to sort.cu and dispatch.cu: slots in the order of their experts, and tokens copied there.
// Sorting, experts I32 [S] (all in range), offsets I32 [A+1], slotOfRow I32 [S]:
// 1 scan: one thread an expert reads all slots, twice: right at once, and AS loads by A threads.
//   Grid: 1 block of A threads, at most 1,024.
// 2 ballot: one warp an expert reads 32 slots at a time and ranks them by a ballot; the counts come from a
//   first pass of the same. Grid: A blocks of 32.
// 3 sort.cu: all slots at once, 8 bits a pass, for any number of experts or words.
// Copying, x [N,C], out [S,C]: 1 scalar, a thread an element. Grid: blocks of 256 over S·C. 2 dispatch.cu, a
// warp a row and four elements a read.
// Sorting 4,096 slots moves 50 KB: what is measured is how much of the device works, and latency. Copying
// moves 8SC bytes: 8.4 MB at W1, 2.5 us on an H100 at 3.35 TB/s.
#include "../common.cuh"

extern "C" __global__ void __launch_bounds__(1024) lab_sort_scan_i32(
    const int* experts, int* offsets, int* slotOfRow, int slots, int awake) {
  __shared__ int counts[1024];
  int e = threadIdx.x;
  int count = 0;
  for (int slot = 0; slot < slots; slot++) {
    count += experts[slot] == e;
  }
  counts[e] = count;
  __syncthreads();
  int row = 0;
  for (int other = 0; other < e; other++) {
    row += counts[other];
  }
  offsets[e] = row;
  if (e == awake - 1) {
    offsets[awake] = row + count;
  }
  for (int slot = 0; slot < slots; slot++) {
    if (experts[slot] == e) {
      slotOfRow[row++] = slot;
    }
  }
}

extern "C" __global__ void __launch_bounds__(32) lab_sort_ballot_i32(
    const int* experts, int* offsets, int* slotOfRow, int slots, int awake) {
  int e = blockIdx.x;
  int before = 0; // slots of the experts before this one
  int own = 0;
  for (int first = 0; first < slots; first += 32) {
    int slot = first + lane_id();
    int expert = slot < slots ? experts[slot] : awake;
    before += __popc(__ballot_sync(FULL_WARP, expert < e));
    own += __popc(__ballot_sync(FULL_WARP, expert == e));
  }
  if (lane_id() == 0) {
    offsets[e] = before;
    if (e == awake - 1) {
      offsets[awake] = before + own;
    }
  }
  for (int first = 0; first < slots; first += 32) {
    int slot = first + lane_id();
    bool mine = slot < slots && experts[slot] == e;
    unsigned all = __ballot_sync(FULL_WARP, mine);
    if (mine) {
      slotOfRow[before + __popc(all & ((1u << lane_id()) - 1))] = slot;
    }
    before += __popc(all);
  }
}

extern "C" __global__ void lab_dispatch_scalar_f32(
    const float* x, const int* slotOfRow, float* out, int rows, int k, int width) {
  long long i = global_index();
  if (i < (long long)rows * width) {
    out[i] = x[(long long)(slotOfRow[i / width] / k) * width + i % width];
  }
}
