// A stack of its own to run on, and switching between such; about 40 ns a switch. The sanitizers
// are told of every switch where they are built in.
#pragma once
#include <cstddef>
#include <sys/mman.h>

#if defined(__SANITIZE_THREAD__)
extern "C" {
void* __tsan_get_current_fiber();
void* __tsan_create_fiber(unsigned);
void __tsan_switch_to_fiber(void*, unsigned);
void __tsan_acquire(void*);
void __tsan_release(void*);
void AnnotateIgnoreReadsBegin(const char*, int);
void AnnotateIgnoreReadsEnd(const char*, int);
void AnnotateIgnoreWritesBegin(const char*, int);
void AnnotateIgnoreWritesEnd(const char*, int);
}
#endif
#if defined(__SANITIZE_ADDRESS__)
extern "C" {
void __sanitizer_start_switch_fiber(void**, const void*, size_t);
void __sanitizer_finish_switch_fiber(void*, const void**, size_t*);
}
#endif

namespace emu {
// What synchronises on the device must do so for ThreadSanitizer too.
inline void happensBefore([[maybe_unused]] void* tag) {
#if defined(__SANITIZE_THREAD__)
  __tsan_release(tag);
#endif
}
inline void happensAfter([[maybe_unused]] void* tag) {
#if defined(__SANITIZE_THREAD__)
  __tsan_acquire(tag);
#endif
}

// While one lives, ThreadSanitizer overlooks what its fiber reads and writes: the emulator's own.
struct Unwatched {
#if defined(__SANITIZE_THREAD__)
  Unwatched() { AnnotateIgnoreReadsBegin(__FILE__, __LINE__); AnnotateIgnoreWritesBegin(__FILE__, __LINE__); }
  ~Unwatched() { AnnotateIgnoreWritesEnd(__FILE__, __LINE__); AnnotateIgnoreReadsEnd(__FILE__, __LINE__); }
#endif
};

struct Fiber {
  static constexpr size_t STACK = 1 << 17;
  void* pointer = nullptr; // of its stack, while it does not run
  char* stack = nullptr;
  void* fake = nullptr;      // AddressSanitizer's stack of this fiber
  void* sanitizer = nullptr; // ThreadSanitizer's fiber
  int thread = -1;           // of the block, while it has one

  explicit Fiber(void (*body)());
  void resume();         // from the host's stack; returns at the fiber's next pause
  void pause();          // back to the host's stack
  static void entered(); // first thing on a fresh fiber's stack
};
} // namespace emu
