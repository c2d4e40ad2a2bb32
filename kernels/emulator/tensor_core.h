// The instructions of tensor_core.cuh, written from the same tables of the PTX ISA and stricter: what is
// copied is NaN until it is waited for, so that a stage that is read too early, or filled while it is still
// read, shows.
#pragma once
#include <vector>

namespace emu {
// What a thread has begun to copy and has not waited for.
struct Copies {
  struct One { char* to; const void* from; int group; };
  std::vector<One> pending;
  int groups = 0;
};
Copies& copies(); // of this thread

inline float bfloat(unsigned pair, int half) { return __uint_as_float(half ? pair & 0xffff0000u : pair << 16); }
} // namespace emu

using SharedAddress = uintptr_t;
static inline SharedAddress shared_address(const void* p) { return (SharedAddress)p; }

static inline void copy_async(SharedAddress to, const void* from, bool there, int line = __builtin_LINE()) {
  if (to % 16 || (uintptr_t)from % 16) emu::fail("line %d: a copy that is not aligned to 16 bytes", line);
  memset((void*)to, 0xFF, 16);
  auto& mine = emu::copies();
  mine.pending.push_back({(char*)to, there ? from : nullptr, mine.groups});
}

static inline void commit_copies() { emu::copies().groups++; }

template <int LEFT> void wait_for_copies() {
  auto& mine = emu::copies();
  size_t kept = 0;
  for (auto& one : mine.pending) {
    if (one.group >= mine.groups - LEFT) mine.pending[kept++] = one;
    else if (one.from) memcpy(one.to, one.from, 16);
    else memset(one.to, 0, 16);
  }
  mine.pending.resize(kept);
}

template <bool TRANSPOSED>
void load_matrices(unsigned (&matrix)[4], SharedAddress row, int line = __builtin_LINE()) {
  if (row % 16) emu::fail("line %d: ldmatrix: a row that is not aligned to 16 bytes", line);
  unsigned present;
  const char* given = emu::exchange(~0u, &row, sizeof row, emu::Op::LoadMatrix, line, &present);
  if (~present) emu::fail("line %d: ldmatrix without all lanes", line);
  SharedAddress rows[32];
  for (int l = 0; l < 32; l++) memcpy(&rows[l], given + l * emu::LANE_BYTES, sizeof row);
  int down = emu::lane() / 4, across = emu::lane() % 4 * 2;
  for (int m = 0; m < 4; m++) {
    uint16_t pair[2];
    for (int i = 0; i < 2; i++)
      pair[i] = TRANSPOSED ? ((const uint16_t*)rows[8 * m + across + i])[down] : ((const uint16_t*)rows[8 * m + down])[across + i];
    matrix[m] = pair[0] | (unsigned)pair[1] << 16;
  }
}

static inline void multiply_add(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b8, int line = __builtin_LINE()) {
  struct Operands { unsigned a[4], b[2]; } mine{{a[0], a[1], a[2], a[3]}, {b0, b8}};
  unsigned present;
  const char* given = emu::exchange(~0u, &mine, sizeof mine, emu::Op::Mma, line, &present);
  if (~present) emu::fail("line %d: mma without all lanes", line);
  auto of = [&](int lane) { return (const Operands*)(given + lane * emu::LANE_BYTES); };
  int row = emu::lane() / 4, column = emu::lane() % 4 * 2;
  for (int k = 0; k < 16; k++) {
    int quad = k % 8 / 2, half = k / 8;
    float left[2], right[2];
    for (int i = 0; i < 2; i++) {
      left[i] = emu::bfloat(of(4 * row + quad)->a[i + 2 * half], k % 2);
      right[i] = emu::bfloat(of(4 * (column + i) + quad)->b[half], k % 2);
    }
    for (int v = 0; v < 4; v++) sum[v] += left[v / 2] * right[v % 2];
  }
}
