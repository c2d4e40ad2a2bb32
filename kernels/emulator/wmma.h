// bfloat16 and nvcuda::wmma. A fragment's layout is opaque on the hardware, and deliberately another
// one here, so that a kernel which relies on it fails.
#pragma once

struct __nv_bfloat16 { uint16_t bits; };
static inline float __bfloat162float(__nv_bfloat16 v) { return __uint_as_float((unsigned)v.bits << 16); }
static inline __nv_bfloat16 __float2bfloat16(float f) {
  unsigned u = __float_as_uint(f);
  if ((u & 0x7fffffff) > 0x7f800000) return {0x7fff};
  return {(uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16)};
}
static inline __nv_bfloat16 __float2bfloat16_rn(float f) { return __float2bfloat16(f); }
struct __nv_bfloat162 { __nv_bfloat16 x, y; };
static inline __nv_bfloat162 __floats2bfloat162_rn(float x, float y) { return {__float2bfloat16(x), __float2bfloat16(y)}; }

namespace nvcuda { namespace wmma {
struct matrix_a; struct matrix_b; struct accumulator; struct row_major; struct col_major;
enum layout_t { mem_row_major, mem_col_major };
namespace precision { struct tf32; }

template <class T> struct Stored { using type = T; };
template <> struct Stored<precision::tf32> { using type = float; };
inline float widen(float f) { return f; }
inline float widen(__nv_bfloat16 v) { return __bfloat162float(v); }
inline float __float_to_tf32(float f) { return __uint_as_float((__float_as_uint(f) + 0x1000) & 0xffffe000u); }

template <class Use, int M, int N, int K, class T, class Layout = void> struct fragment {
  static constexpr int rows = std::is_same_v<Use, matrix_b> ? K : M;
  static constexpr int columns = std::is_same_v<Use, matrix_a> ? K : N;
  static constexpr int num_elements = rows * columns / 32;
  typename Stored<T>::type x[num_elements];
  static int index(int lane, int element) { return (lane * 5 + 3) % 32 + 32 * element; }
};

template <class F, class T> void fill_fragment(F& f, T value) { for (auto& e : f.x) e = value; }

// Every lane must be there with the same address and leading dimension.
inline void together(const void* p, unsigned ld, emu::Op op, int line) {
  struct Operand { const void* p; unsigned long ld; } mine{p, ld};
  unsigned present;
  const char* given = emu::exchange(~0u, &mine, sizeof mine, op, line, &present);
  for (int i = 0; i < 32; i++) {
    if (!(present >> i & 1)) emu::fail("line %d: wmma without lane %d", line, i);
    if (memcmp(given + i * emu::LANE_BYTES, &mine, sizeof mine)) emu::fail("line %d: wmma: lanes disagree on the matrix", line);
  }
}

template <class S> void aligned(const S* p, unsigned ld, int line) {
  if ((uintptr_t)p % 32 || ld * sizeof(S) % 16) emu::fail("line %d: wmma: address or leading dimension is not aligned", line);
}

template <class U, int M, int N, int K, class T, class L, class S>
void load_matrix_sync(fragment<U, M, N, K, T, L>& f, const S* p, unsigned ld, int line = __builtin_LINE()) {
  using F = fragment<U, M, N, K, T, L>;
  aligned(p, ld, line);
  together(p, ld, emu::Op::LoadMatrix, line);
  for (int e = 0; e < F::num_elements; e++) {
    int i = F::index(emu::lane(), e), r = i / F::columns, c = i % F::columns;
    f.x[e] = p[std::is_same_v<L, row_major> ? r * ld + c : c * ld + r];
  }
}

template <int M, int N, int K>
void load_matrix_sync(fragment<accumulator, M, N, K, float>& f, const float* p, unsigned ld, layout_t layout, int line = __builtin_LINE()) {
  using F = fragment<accumulator, M, N, K, float>;
  aligned(p, ld, line);
  together(p, ld, emu::Op::LoadMatrix, line);
  for (int e = 0; e < F::num_elements; e++) {
    int i = F::index(emu::lane(), e), r = i / N, c = i % N;
    f.x[e] = p[layout == mem_row_major ? r * ld + c : c * ld + r];
  }
}

template <int M, int N, int K>
void store_matrix_sync(float* p, const fragment<accumulator, M, N, K, float>& f, unsigned ld, layout_t layout, int line = __builtin_LINE()) {
  using F = fragment<accumulator, M, N, K, float>;
  aligned(p, ld, line);
  together(p, ld, emu::Op::StoreMatrix, line);
  for (int e = 0; e < F::num_elements; e++) {
    int i = F::index(emu::lane(), e), r = i / N, c = i % N;
    p[layout == mem_row_major ? r * ld + c : c * ld + r] = f.x[e];
  }
  __syncwarp(~0u, line);
}

template <int M, int N, int K, class T, class LA, class LB>
void mma_sync(fragment<accumulator, M, N, K, float>& d, const fragment<matrix_a, M, N, K, T, LA>& a,
              const fragment<matrix_b, M, N, K, T, LB>& b, const fragment<accumulator, M, N, K, float>& c,
              int line = __builtin_LINE()) {
  using FA = fragment<matrix_a, M, N, K, T, LA>;
  using FB = fragment<matrix_b, M, N, K, T, LB>;
  using FC = fragment<accumulator, M, N, K, float>;
  struct Operands { FA a; FB b; } mine{a, b};
  static_assert(sizeof mine <= emu::LANE_BYTES);
  unsigned present;
  const char* given = emu::exchange(~0u, &mine, sizeof mine, emu::Op::Mma, line, &present);
  float A[M * K], B[K * N];
  for (int l = 0; l < 32; l++) {
    if (!(present >> l & 1)) emu::fail("line %d: wmma without lane %d", line, l);
    auto* theirs = (const Operands*)(given + l * emu::LANE_BYTES);
    for (int e = 0; e < FA::num_elements; e++) A[FA::index(l, e)] = widen(theirs->a.x[e]);
    for (int e = 0; e < FB::num_elements; e++) B[FB::index(l, e)] = widen(theirs->b.x[e]);
  }
  for (int e = 0; e < FC::num_elements; e++) {
    int i = FC::index(emu::lane(), e), r = i / N, n = i % N;
    float sum = c.x[e];
    for (int k = 0; k < K; k++) sum += A[r * K + k] * B[k * N + n];
    d.x[e] = sum;
  }
}
}} // namespace nvcuda::wmma
