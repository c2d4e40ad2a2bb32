// What the double of cuBLAS asks of the driver's, where memory and streams are.
#pragma once
#include <cstddef>

#define FOR_CUBLAS extern "C" __attribute__((visibility("default")))
FOR_CUBLAS int ghostmoe_emulator_holds(unsigned long long address, size_t bytes); // in one live allocation
FOR_CUBLAS int ghostmoe_emulator_is_stream(void* stream);
FOR_CUBLAS int ghostmoe_emulator_refuses(const char* call); // as a test asked for
FOR_CUBLAS void ghostmoe_emulator_made(int things);         // or gave back, negative
FOR_CUBLAS void ghostmoe_emulator_complain(const char* text);
