// Runs recorded launches again, each in every order of threads. Built with ThreadSanitizer it finds
// the races of a kernel (two threads at one address with no barrier between them), built with the
// sanitizers of addresses and undefined behaviour what else a GPU would not tell.
//
//   replay FOLDER      exit code 1 when a launch fails; a sanitizer's own for what it finds
#include "record.h"
#include <algorithm>
#include <dirent.h>
#include <sys/mman.h>
#undef threadIdx
#undef blockIdx
#undef blockDim
#undef gridDim

int main(int count, char** arguments) {
  if (count != 2) return 2;
  void* memory = mmap((void*)emu::DEVICE_BASE, emu::DEVICE_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (memory != (void*)emu::DEVICE_BASE) { perror("replay: no memory at the device's addresses"); return 2; }
  emu::forbid(emu::DEVICE_BASE, emu::DEVICE_BYTES);
  std::vector<std::string> files;
  DIR* folder = opendir(arguments[1]);
  if (!folder) { perror(arguments[1]); return 2; }
  while (dirent* entry = readdir(folder))
    if (entry->d_name[0] != '.') files.push_back(std::string(arguments[1]) + "/" + entry->d_name);
  closedir(folder);
  std::sort(files.begin(), files.end());
  int failures = 0;
  for (auto& file : files)
    for (auto order : {emu::Order::Forward, emu::Order::Reverse, emu::Order::Random, emu::Order::Lifo}) {
      emu::Recorded launch;
      if (!emu::restore(file.c_str(), launch)) { fprintf(stderr, "replay: %s is damaged\n", file.c_str()); return 2; }
      const emu::Kernel* kernel = emu::find(launch.kernel);
      if (!kernel) { fprintf(stderr, "replay: no kernel %s\n", launch.kernel.c_str()); return 2; }
      std::vector<void*> values;
      for (auto& argument : launch.arguments) values.push_back(argument.data());
      emu::setOrder(order, 1);
      std::string failure = emu::launch(kernel, launch.grid, launch.block, launch.shared, values.data());
      if (!failure.empty()) { fprintf(stderr, "replay: %s\n", failure.c_str()); failures++; }
      for (auto& [address, bytes] : launch.buffers) emu::forbid(address, bytes);
    }
  printf("replayed %zu launches\n", files.size());
  return failures ? 1 : 0;
}
