// Atomic operations. Fibers of one host thread interleave only at meeting points, so a plain read
// and write is atomic; under ThreadSanitizer they are real, or it would take them for races.
#pragma once

namespace emu {
template <class T, class F> T atomically(T* address, F change) {
#ifdef __SANITIZE_THREAD__
  T old, changed;
  __atomic_load(address, &old, __ATOMIC_RELAXED);
  do changed = change(old);
  while (!__atomic_compare_exchange(address, &old, &changed, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  return old;
#else
  T old = *address;
  *address = change(old);
  return old;
#endif
}
template <class T> using Same = std::enable_if_t<true, T>; // the operand's type follows the address
} // namespace emu

template <class T> T atomicAdd(T* p, emu::Same<T> v) { return emu::atomically(p, [=](T old) { return (T)(old + v); }); }
template <class T> T atomicSub(T* p, emu::Same<T> v) { return emu::atomically(p, [=](T old) { return (T)(old - v); }); }
template <class T> T atomicMax(T* p, emu::Same<T> v) { return emu::atomically(p, [=](T old) { return old > v ? old : v; }); }
template <class T> T atomicMin(T* p, emu::Same<T> v) { return emu::atomically(p, [=](T old) { return old < v ? old : v; }); }
template <class T> T atomicExch(T* p, emu::Same<T> v) { return emu::atomically(p, [=](T) { return v; }); }
template <class T> T atomicOr(T* p, emu::Same<T> v) { return emu::atomically(p, [=](T old) { return (T)(old | v); }); }
template <class T> T atomicAnd(T* p, emu::Same<T> v) { return emu::atomically(p, [=](T old) { return (T)(old & v); }); }
template <class T> T atomicCAS(T* p, emu::Same<T> expected, emu::Same<T> v) {
  return emu::atomically(p, [=](T old) { return old == expected ? v : old; });
}
