// Force-included when g++ compiles a kernel for the host: CUDA's keywords, types and functions.
// A block's threads are fibers, so that barriers and warp exchanges are real meeting points.
#pragma once
#define CUEMU 1

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>

#ifndef EMU_SECTION // of this source's static shared memory, so that each launch poisons its own
#define EMU_SECTION "emu_shared"
#endif

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
#define __constant__ static
#define __restrict__
#define __shared__ static __attribute__((section(EMU_SECTION)))
#define DYN_SHARED(T, name) T* const name = (T*)emu::dynamicShared()

struct uint3 { unsigned x, y, z; };
struct dim3 { unsigned x = 1, y = 1, z = 1; };
struct alignas(8) float2 { float x, y; };
struct float3 { float x, y, z; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(8) int2 { int x, y; };
struct alignas(16) int4 { int x, y, z, w; };
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(16) double2 { double x, y; };
static inline float2 make_float2(float x, float y) { return {x, y}; }
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static inline int2 make_int2(int x, int y) { return {x, y}; }
static inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
static inline double2 make_double2(double x, double y) { return {x, y}; }

namespace emu {
struct Where { uint3 thread, block; dim3 blockSize, gridSize; };
extern Where* here __attribute__((visibility("hidden")));

enum class Op { Shuffle, ShuffleXor, ShuffleDown, ShuffleUp, Ballot, SyncWarp, Match, LoadMatrix, StoreMatrix, Mma };

constexpr int LANE_BYTES = 128; // the most that a lane hands to an exchange

void* dynamicShared();
int lane();
int barrier(int predicate, int line);  // of the block; how many predicates held
// Hands `size` bytes to the warp and waits for the lanes of the mask: what each gave, LANE_BYTES apart.
const char* exchange(unsigned mask, const void* value, size_t size, Op op, int line, unsigned* present);
[[noreturn]] void fail(const char* format, ...);

struct Kernel {
  const char* name;
  void (*thunk)(void** arguments);
  int parameters;
  const unsigned* sizes;
  const bool* pointers;
  char* sharedBegin;
  char* sharedEnd;
};
struct Registration { explicit Registration(const Kernel* kernel); };

// From the kernel's C++ type: its parameters' sizes, and a call that copies each as the driver does.
template <auto F> struct Thunk;
template <class... A, void (*F)(A...)> struct Thunk<F> {
  template <size_t... I> static void go(void** p, std::index_sequence<I...>) {
    std::tuple<std::remove_cv_t<A>...> values;
    ((memcpy((void*)&std::get<I>(values), p[I], sizeof(A))), ...);
    F(std::get<I>(values)...);
  }
  static void call(void** p) { go(p, std::index_sequence_for<A...>{}); }
  static constexpr int count = sizeof...(A);
  static constexpr unsigned sizes[] = {(unsigned)sizeof(A)..., 0};
  static constexpr bool pointers[] = {std::is_pointer_v<A>..., false};
};

template <class T> T poison() { T value; memset((void*)&value, 0xFF, sizeof value); return value; }

template <class T> T shuffle(unsigned mask, T value, int source, Op op, int line) {
  unsigned present;
  const char* given = exchange(mask, &value, sizeof value, op, line, &present);
  if (source < 0 || source > 31 || !(present >> source & 1)) return poison<T>();
  T taken;
  memcpy((void*)&taken, given + source * LANE_BYTES, sizeof taken);
  return taken;
}

inline unsigned ballot(unsigned mask, int predicate, int line) {
  unsigned present, votes = 0;
  int mine = predicate != 0;
  const char* given = exchange(mask, &mine, sizeof mine, Op::Ballot, line, &present);
  for (int i = 0; i < 32; i++) {
    int theirs;
    memcpy(&theirs, given + i * LANE_BYTES, sizeof theirs);
    if ((present >> i & 1) && theirs) votes |= 1u << i;
  }
  return votes;
}

template <class T> unsigned match(unsigned mask, T value, int line) {
  unsigned present, same = 0;
  const char* given = exchange(mask, &value, sizeof value, Op::Match, line, &present);
  for (int i = 0; i < 32; i++)
    if ((present >> i & 1) && !memcmp(given + i * LANE_BYTES, &value, sizeof value)) same |= 1u << i;
  return same;
}
} // namespace emu

#define EMU_KERNEL(kernel, begin, end) \
  static const emu::Kernel emu_##kernel{#kernel, emu::Thunk<kernel>::call, emu::Thunk<kernel>::count, \
      emu::Thunk<kernel>::sizes, emu::Thunk<kernel>::pointers, begin, end}; \
  static const emu::Registration emu_registered_##kernel{&emu_##kernel};

#define threadIdx (emu::here->thread)
#define blockIdx (emu::here->block)
#define blockDim (emu::here->blockSize)
#define gridDim (emu::here->gridSize)
#define warpSize 32

// ---- meeting points; a default argument knows the line of the call ------------------------------
static inline void __syncthreads(int line = __builtin_LINE()) { emu::barrier(0, line); }
static inline int __syncthreads_count(int p, int line = __builtin_LINE()) { return emu::barrier(p != 0, line); }
static inline int __syncthreads_or(int p, int line = __builtin_LINE()) { return emu::barrier(p != 0, line) > 0; }
static inline int __syncthreads_and(int p, int line = __builtin_LINE()) { return emu::barrier(p == 0, line) == 0; }
static inline void __syncwarp(unsigned mask = ~0u, int line = __builtin_LINE()) {
  unsigned present;
  emu::exchange(mask, nullptr, 0, emu::Op::SyncWarp, line, &present);
}
template <class T> T __shfl_sync(unsigned mask, T value, int source, int width = 32, int line = __builtin_LINE()) {
  int lane = emu::lane();
  return emu::shuffle(mask, value, (lane & ~(width - 1)) | (source & (width - 1)), emu::Op::Shuffle, line);
}
template <class T> T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32, int line = __builtin_LINE()) {
  int lane = emu::lane(), source = lane ^ bits;
  if ((source & ~(width - 1)) > (lane & ~(width - 1))) source = lane;
  return emu::shuffle(mask, value, source, emu::Op::ShuffleXor, line);
}
template <class T> T __shfl_down_sync(unsigned mask, T value, unsigned by, int width = 32, int line = __builtin_LINE()) {
  int lane = emu::lane(), source = lane + (int)by;
  if ((source & ~(width - 1)) != (lane & ~(width - 1))) source = lane;
  return emu::shuffle(mask, value, source, emu::Op::ShuffleDown, line);
}
template <class T> T __shfl_up_sync(unsigned mask, T value, unsigned by, int width = 32, int line = __builtin_LINE()) {
  int lane = emu::lane(), source = lane - (int)by;
  if ((source & ~(width - 1)) != (lane & ~(width - 1))) source = lane;
  return emu::shuffle(mask, value, source, emu::Op::ShuffleUp, line);
}
static inline unsigned __ballot_sync(unsigned mask, int p, int line = __builtin_LINE()) { return emu::ballot(mask, p, line); }
static inline int __any_sync(unsigned mask, int p, int line = __builtin_LINE()) { return emu::ballot(mask, p, line) != 0; }
static inline int __all_sync(unsigned mask, int p, int line = __builtin_LINE()) { return emu::ballot(mask, !p, line) == 0; }
template <class T> unsigned __match_any_sync(unsigned mask, T value, int line = __builtin_LINE()) { return emu::match(mask, value, line); }
static inline void __threadfence() {}
static inline void __threadfence_block() {}
// Blocks run one after the other: what a block finds that it must wait for will never come.
static inline void __nanosleep(unsigned) { emu::fail("waits for a block that has not run"); }

#include "atomics.h"
#include "functions.h"
#include "wmma.h"
#include "tensor_core.h"
