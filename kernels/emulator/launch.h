// Runs a kernel over its grid, one block after the other.
#pragma once
#include "emulator.h"
#include <string>

namespace emu {
// In which order the threads of a block go on, when several can.
enum class Order { Forward, Reverse, Random, Lifo };

void setOrder(Order order, unsigned seed);
const Kernel* find(const std::string& name);
// An empty text, or what went wrong.
std::string launch(const Kernel* kernel, dim3 grid, dim3 block, size_t sharedBytes, void** arguments);
} // namespace emu
