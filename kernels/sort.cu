// A stable counting sort of small integers, 8 bits a pass (radix sort, least digit first: Knuth vol. 3,
// algorithm 5.2.5R; in blocks as in Satish, Harris, Garland 2009). One pass: count digits by block of
// keys, scan the counts digit by digit, scatter. Ranks come from ballots and scans, never from the
// order in which atomics happen to run.
// sort_expert_keys and sort_expert_rows make of it the order of slots by expert: slot s = n·K + k has
// its expert as key, padding (segment -1) the key A, behind all.
// Shapes: keys, values, keysOut, valuesOut I32 [n]; counts I32 [256,blocks]; experts, rowOfSlot I32
// [N,K]; segments I32 [N]; offsets I32 [A+1]; slotOfRow I32 [S]. Keys above `limit` count as limit.
// Grid: count and scatter ceil(n/1024) blocks of 256; scan 1 block of 256; the others of 256 threads
// over S.
// Moves 12n bytes a pass in count and 16n in scatter. At W1 (4,096 slots, 8 experts, one pass): 0.2 MB;
// the launches' latency, about 2 us each, is all there is.
#include "common.cuh"

#define DIGITS 256
#define SORT_THREADS 256
#define SORT_KEYS 1024
#define SORT_WARPS (SORT_THREADS / 32)

static __device__ __forceinline__ int clamped(int key, int limit) {
  return (unsigned)key > (unsigned)limit ? limit : key;
}

extern "C" __global__ void sort_count_i32(
    const int* keys, int* counts, int n, int shift, int limit) {
  __shared__ int local[DIGITS];
  local[threadIdx.x] = 0;
  __syncthreads();
  for (int i = threadIdx.x; i < SORT_KEYS; i += SORT_THREADS) {
    int at = blockIdx.x * SORT_KEYS + i;
    if (at < n) {
      atomicAdd(&local[(clamped(keys[at], limit) >> shift) & (DIGITS - 1)], 1);
    }
  }
  __syncthreads();
  counts[(long long)threadIdx.x * gridDim.x + blockIdx.x] = local[threadIdx.x];
}

// Exclusive sums of n counts, in place; each thread owns one stretch of them.
extern "C" __global__ void sort_scan_i32(int* counts, int n) {
  __shared__ int totals[SORT_THREADS];
  int stretch = (n + SORT_THREADS - 1) / SORT_THREADS;
  int from = min(n, (int)threadIdx.x * stretch);
  int to = min(n, from + stretch);
  int sum = 0;
  for (int i = from; i < to; i++) {
    sum += counts[i];
  }
  totals[threadIdx.x] = sum;
  __syncthreads();
  int before = 0;
  for (int i = 0; i < (int)threadIdx.x; i++) {
    before += totals[i];
  }
  for (int i = from; i < to; i++) {
    int count = counts[i];
    counts[i] = before;
    before += count;
  }
}

// How many lanes before this one hold the same digit, and how many lanes do in all. Lanes without a
// key take a digit of their own kind by `present`.
static __device__ __forceinline__ int rank_in_warp(int digit, bool present, int* same) {
  unsigned peers = __ballot_sync(FULL_WARP, present);
  for (int bit = 0; bit < 8; bit++) {
    bool set = (digit >> bit) & 1;
    unsigned with = __ballot_sync(FULL_WARP, set);
    peers &= set ? with : ~with;
  }
  *same = __popc(peers);
  return __popc(peers & ((1u << lane_id()) - 1));
}

// values may be null: then value i is i.
extern "C" __global__ void sort_scatter_i32(
    const int* keys, const int* values, const int* counts, int* keysOut, int* valuesOut, int n,
    int shift, int limit) {
  __shared__ int next[DIGITS];             // where the block's next key of a digit goes
  __shared__ int inWarp[SORT_WARPS][DIGITS]; // keys of a digit in each warp, then those before it
  next[threadIdx.x] = counts[(long long)threadIdx.x * gridDim.x + blockIdx.x];
  for (int i = 0; i < SORT_KEYS; i += SORT_THREADS) {
    for (int warp = 0; warp < SORT_WARPS; warp++) {
      inWarp[warp][threadIdx.x] = 0;
    }
    __syncthreads();
    int at = blockIdx.x * SORT_KEYS + i + threadIdx.x;
    bool present = at < n;
    int key = present ? clamped(keys[at], limit) : 0;
    int digit = (key >> shift) & (DIGITS - 1);
    int same;
    int rank = rank_in_warp(digit, present, &same);
    if (present && rank == 0) {
      inWarp[warp_id()][digit] = same;
    }
    __syncthreads();
    int before = next[threadIdx.x];
    for (int warp = 0; warp < SORT_WARPS; warp++) {
      int count = inWarp[warp][threadIdx.x];
      inWarp[warp][threadIdx.x] = before;
      before += count;
    }
    next[threadIdx.x] = before;
    __syncthreads();
    if (present) {
      int to = inWarp[warp_id()][digit] + rank;
      keysOut[to] = key;
      valuesOut[to] = values == nullptr ? at : values[at];
    }
    __syncthreads();
  }
}

extern "C" __global__ void sort_expert_keys_i32(
    const int* experts, const int* segments, int* keys, int slots, int k, int awake, int* error) {
  int slot = (int)global_index();
  if (slot >= slots) {
    return;
  }
  int segment = segments[slot / k];
  in_range(segment, -1, 0x7fffffff, BAD_SEGMENT, slot / k, error);
  int expert = experts[slot];
  bool goes = in_range(expert, 0, awake, BAD_EXPERT, slot, error) && segment >= 0;
  keys[slot] = goes ? expert : awake;
}

// Index of the first of n sorted keys that is not below `key`.
static __device__ __forceinline__ int first_not_below(const int* keys, int n, int key) {
  int low = 0;
  int high = n;
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (keys[middle] < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// keys and order are sorted. Grid: as many threads as the larger of slots and awake + 1.
extern "C" __global__ void sort_expert_rows_i32(
    const int* keys, const int* order, int* offsets, int* slotOfRow, int* rowOfSlot, int slots,
    int awake) {
  int i = (int)global_index();
  if (i <= awake) {
    offsets[i] = first_not_below(keys, slots, i);
  }
  if (i < slots) {
    bool owned = keys[i] < awake;
    if (owned) {
      slotOfRow[i] = order[i];
    }
    rowOfSlot[order[i]] = owned ? i : -1;
  }
}
