// A launch as a file: the kernel, its grid and arguments, and all device memory before it, so that
// another build of the emulator can run it again.
#pragma once
#include "launch.h"
#include <cstdio>
#include <map>
#include <string>
#include <vector>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace emu {
// Device memory lies at fixed addresses, the same in the process that replays: arguments, and arrays
// of pointers in memory, stay good. ThreadSanitizer leaves this range to programs.
constexpr unsigned long long DEVICE_BASE = 0x7e9000000000ull;
constexpr size_t DEVICE_BYTES = 2ull << 30;

struct Recorded {
  std::string kernel;
  dim3 grid, block;
  unsigned long long shared = 0;
  std::vector<std::vector<char>> arguments;
  std::map<unsigned long long, size_t> buffers; // that a replay restored
};

inline void put(FILE* file, const void* data, size_t size) { fwrite(data, 1, size, file); }
inline bool take(FILE* file, void* data, size_t size) { return fread(data, 1, size, file) == size; }

inline void record(const std::string& path, const Kernel* kernel, dim3 grid, dim3 block, unsigned long long shared,
                   void** arguments, const std::map<unsigned long long, size_t>& memory) {
  FILE* file = fopen(path.c_str(), "wb");
  if (!file) return;
  unsigned long long length = strlen(kernel->name), count = kernel->parameters, buffers = memory.size();
  put(file, &length, 8);
  put(file, kernel->name, length);
  put(file, &grid, sizeof grid);
  put(file, &block, sizeof block);
  put(file, &shared, 8);
  put(file, &count, 8);
  for (int i = 0; i < kernel->parameters; i++) {
    unsigned long long size = kernel->sizes[i];
    put(file, &size, 8);
    put(file, arguments[i], size);
  }
  put(file, &buffers, 8);
  for (auto& [address, size] : memory) {
    unsigned long long bytes = size;
    put(file, &address, 8);
    put(file, &bytes, 8);
    put(file, (const void*)address, bytes);
  }
  fclose(file);
}

// AddressSanitizer reports whatever lies between a launch's buffers.
inline void forbid([[maybe_unused]] unsigned long long address, [[maybe_unused]] size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_poison_memory_region((void*)address, bytes);
#endif
}
inline void allow([[maybe_unused]] unsigned long long address, [[maybe_unused]] size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region((void*)address, bytes);
#endif
}

// Puts the memory back where it was.
inline bool restore(const char* path, Recorded& launch) {
  FILE* file = fopen(path, "rb");
  if (!file) return false;
  unsigned long long length, count, buffers;
  bool good = take(file, &length, 8);
  launch.kernel.resize(good ? length : 0);
  good = good && take(file, launch.kernel.data(), length) && take(file, &launch.grid, sizeof(dim3)) &&
         take(file, &launch.block, sizeof(dim3)) && take(file, &launch.shared, 8) && take(file, &count, 8);
  launch.arguments.clear();
  for (unsigned long long i = 0; good && i < count; i++) {
    unsigned long long size;
    good = take(file, &size, 8);
    launch.arguments.emplace_back(good ? size : 0);
    good = good && take(file, launch.arguments.back().data(), size);
  }
  good = good && take(file, &buffers, 8);
  for (unsigned long long i = 0; good && i < buffers; i++) {
    unsigned long long address, bytes;
    good = take(file, &address, 8) && take(file, &bytes, 8);
    if (!good) break;
    allow(address, bytes);
    launch.buffers[address] = bytes;
    good = take(file, (void*)address, bytes);
  }
  fclose(file);
  return good;
}
} // namespace emu
