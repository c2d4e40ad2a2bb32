// One tile of C = A·B by tensor cores from operands that round_bf16 made; products are summed in single
// precision. A block of 128 threads makes 128x128 of C, a warp 64x64, so that each fragment that it loads serves
// four products.
// As in matmul_tile.cuh an operand is "by k" ([rows,K]) or by row ([K,rows]), and keeps that order in shared
// memory; its contiguous extent is padded with zeros to whole eights. Stages of 32 of K come by copies that
// run beside the products, two ahead, and fragments are loaded one product ahead. With three stages two blocks
// fit into a multiprocessor of 100 KB, the least that there is from sm_80 on.
#pragma once
#include "tensor_core.cuh"
#include "write_four.cuh"

#define BF16_TILE 128
#define BF16_THREADS 128
#define BF16_STEP 32
#define BF16_STAGES 3
#define BF16_WARP 64 // rows and columns that a warp makes, in fragments of 16x16

// Bytes of dynamic shared memory: what the stages of both operands take.
#define BF16_SHARED (BF16_STAGES * 2 * BF16_TILE * BF16_STEP * 2)

// What one thread copies of an operand, and where it lies in a stage.
template <bool BY_K>
struct RoundedOperand {
  static const int WIDTH = BY_K ? BF16_STEP : BF16_TILE; // contiguous elements
  static const int PITCH = 2 * WIDTH;                    // their bytes
  static const int EIGHTS = WIDTH / 8;
  static const int APART = BF16_THREADS / EIGHTS; // rows or k's between two copies of a thread
  static const int COPIES = (BY_K ? BF16_TILE : BF16_STEP) / APART;
  static const int BYTES = 2 * BF16_STEP * BF16_TILE;

  const unsigned short* at; // this thread's first element of the next stage
  int stride;               // between rows (by k) or between k's
  int left;                 // by k: rows from the thread's first one on; by row: columns likewise

  static __device__ __forceinline__ int outer() {
    return threadIdx.x / EIGHTS;
  }

  static __device__ __forceinline__ int inner() {
    return threadIdx.x % EIGHTS * 8;
  }

  // The byte at which eight elements lie. ldmatrix reads those of eight consecutive `outer` at once: turned
  // by their place they lie in different banks, eights of a row of 64 bytes two rows at a time.
  static __device__ __forceinline__ int place(int outer, int inner) {
    int turn = EIGHTS == 4 ? outer / 2 % 4 : outer % 8;
    return outer * PITCH + (inner / 8 ^ turn) * 16;
  }

  // Rows [first, rows) of the operand that begins at `source`, from k on.
  __device__ __forceinline__ RoundedOperand(
      const unsigned short* source, int apart, int first, int rows, int k) {
    stride = apart;
    int row = first + (BY_K ? outer() : inner());
    left = rows - row;
    k += BY_K ? inner() : outer();
    at = source + (BY_K ? (long long)row * stride + k : (long long)k * stride + row);
  }

  // Begins to copy the next stage, of which `remain` of K exist; zeros behind those and beyond the rows.
  __device__ __forceinline__ void copy(SharedAddress stage, int remain) {
    SharedAddress to = stage + place(outer(), inner());
#pragma unroll
    for (int i = 0; i < COPIES; i++) {
      int apart = i * APART; // a multiple of eight, which changes no turn
      bool there = BY_K ? left > apart && inner() < remain : left > 0 && outer() + apart < remain;
      copy_async(to + apart * PITCH, at + (long long)apart * stride, there);
    }
    at += BY_K ? BF16_STEP : (long long)BF16_STEP * stride;
  }

  // Where this lane finds its row of the first fragment of a warp, whose rows begin at `row`: quarters
  // [0..7,0..7], [8..15,0..7], [0..7,8..15], [8..15,8..15] of rows and K.
  static __device__ __forceinline__ int lane_place(int row) {
    int lane = lane_id();
    return BY_K ? place(row + lane % 16, lane / 16 * 8)
                : place(lane % 8 + lane / 16 * 8, row + lane / 8 % 2 * 8);
  }

  // Fragments of a warp's rows at k. Neither 16 rows nor 16 of K change a turn, so that an exclusive or
  // steps along the eights.
  static __device__ __forceinline__ void load(
      unsigned (&fragment)[BF16_WARP / 16][4], SharedAddress stage, int lanePlace, int k) {
#pragma unroll
    for (int i = 0; i < BF16_WARP / 16; i++) {
      int place = BY_K ? (lanePlace ^ 2 * k) + 16 * i * PITCH : (lanePlace ^ 32 * i) + k * PITCH;
      load_matrices<!BY_K>(fragment[i], stage + place);
    }
  }
};

// The sums that a thread keeps of a tile.
template <bool A_BY_K, bool B_BY_K>
struct RoundedTile {
  typedef RoundedOperand<A_BY_K> A;
  typedef RoundedOperand<B_BY_K> B;
  static const int FRAGMENTS = BF16_WARP / 16;
  static const int ACROSS = BF16_TILE / BF16_WARP;
  static const int STAGE = A::BYTES + B::BYTES;
  static const int ALL = BF16_STAGES * STAGE;

  float sums[FRAGMENTS][2 * FRAGMENTS][4]; // of 16x8

  static __device__ __forceinline__ int warp_row() {
    return warp_id() / ACROSS * BF16_WARP;
  }

  static __device__ __forceinline__ int warp_column() {
    return warp_id() % ACROSS * BF16_WARP;
  }

  // Sums over `depth` of K, from where the operands stand, through the block's dynamic shared memory.
  __device__ __forceinline__ void multiply(A a, B b, int depth) {
    DYN_SHARED(unsigned char, stages);
    SharedAddress shared = shared_address(stages);
#pragma unroll
    for (int i = 0; i < FRAGMENTS * 2 * FRAGMENTS * 4; i++) {
      sums[i / 4 / (2 * FRAGMENTS)][i / 4 % (2 * FRAGMENTS)][i % 4] = 0.0f;
    }
    int ahead = depth; // what is still to be copied
    int to = 0;        // the stage that is copied next, and the one that is multiplied
    int from = 0;
#pragma unroll
    for (int stage = 0; stage < BF16_STAGES - 1; stage++) {
      copy(a, b, shared, &to, &ahead);
    }
    int aPlace = A::lane_place(warp_row());
    int bPlace = A::BYTES + B::lane_place(warp_column());
    unsigned rows[2][FRAGMENTS][4];
    unsigned columns[2][FRAGMENTS][4];
    wait_for_copies<BF16_STAGES - 2>();
    __syncthreads();
    A::load(rows[0], shared, aPlace, 0);
    B::load(columns[0], shared, bPlace, 0);
    for (; depth > 0; depth -= BF16_STEP) {
#pragma unroll
      for (int k = 0; k < BF16_STEP; k += 16) {
        int now = k / 16 % 2;
        if (k + 16 == BF16_STEP) {
          // The next stage has arrived, and no warp reads this one any more, or will be read beyond the end
          wait_for_copies<BF16_STAGES - 2>();
          __syncthreads();
          from = next(from);
        }
        A::load(rows[now ^ 1], shared + from, aPlace, (k + 16) % BF16_STEP);
        B::load(columns[now ^ 1], shared + from, bPlace, (k + 16) % BF16_STEP);
        if (k == 0) {
          copy(a, b, shared, &to, &ahead);
        }
        multiply(rows[now], columns[now]);
      }
    }
  }

  static __device__ __forceinline__ int next(int stage) {
    return stage + STAGE == ALL ? 0 : stage + STAGE;
  }

  // Begins to copy a stage where K is not at its end; a group either way, so that their count tells how
  // many stages are on their way.
  static __device__ __forceinline__ void copy(A& a, B& b, SharedAddress shared, int* to, int* ahead) {
    if (*ahead > 0) {
      a.copy(shared + *to, *ahead);
      b.copy(shared + *to + A::BYTES, *ahead);
    }
    commit_copies();
    *ahead -= BF16_STEP;
    *to = next(*to);
  }

  __device__ __forceinline__ void multiply(
      const unsigned (&rows)[FRAGMENTS][4], const unsigned (&columns)[FRAGMENTS][4]) {
#pragma unroll
    for (int i = 0; i < FRAGMENTS; i++) {
#pragma unroll
      for (int j = 0; j < 2 * FRAGMENTS; j++) {
        multiply_add(sums[i][j], rows[i], columns[j / 2][j % 2], columns[j / 2][j % 2 + 2]);
      }
    }
  }

  // c[row,column] (+)= sums + bias over the part of the tile that exists; bias may be null. Two lanes that
  // hold pairs of the same two rows exchange one, so that each writes four of one row.
  __device__ __forceinline__ void write(
      const float* bias, float* c, int stride, int firstRow, int rows, int firstColumn, int columns,
      bool accumulate) const {
    bool odd = lane_id() % 2;
#pragma unroll
    for (int i = 0; i < FRAGMENTS; i++) {
      int row = firstRow + warp_row() + 16 * i + lane_id() / 4 + (odd ? 8 : 0);
      float* target = c + (long long)row * stride;
#pragma unroll
      for (int j = 0; j < 2 * FRAGMENTS; j++) {
        const float(&own)[4] = sums[i][j];
        float x = __shfl_xor_sync(FULL_WARP, odd ? own[0] : own[2], 1);
        float y = __shfl_xor_sync(FULL_WARP, odd ? own[1] : own[3], 1);
        float4 four = odd ? make_float4(x, y, own[2], own[3]) : make_float4(own[0], own[1], x, y);
        int column = firstColumn + warp_column() + 8 * j + lane_id() % 4 / 2 * 4;
        if (row < rows) {
          write_four(four, bias, target, stride, column, columns, accumulate);
        }
      }
    }
  }
};
