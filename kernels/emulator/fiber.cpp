#include "fiber.h"

extern "C" void emu_switch(void** save, void* to);
asm(R"(
.text
.globl emu_switch
.hidden emu_switch
.type emu_switch,@function
emu_switch:
 pushq %rbp
 pushq %rbx
 pushq %r12
 pushq %r13
 pushq %r14
 pushq %r15
 movq %rsp,(%rdi)
 movq %rsi,%rsp
 popq %r15
 popq %r14
 popq %r13
 popq %r12
 popq %rbx
 popq %rbp
 ret
)");

namespace emu {
static void* host; // the host's stack pointer, while a fiber runs
#if defined(__SANITIZE_ADDRESS__)
static const void* hostStack;
static size_t hostStackSize;
#endif
#if defined(__SANITIZE_THREAD__)
static void* hostFiber;
#endif

Fiber::Fiber(void (*body)()) {
  stack = (char*)mmap(nullptr, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  mprotect(stack, 4096, PROT_NONE); // a kernel that recurses too deep stops here
  static int colour = 0;            // spread over the cache's sets
  void** top = (void**)(stack + STACK - 64 * ((colour++ * 37) % 61));
  *--top = nullptr; // the ABI's alignment at the entry of a function
  *--top = (void*)body;
  for (int i = 0; i < 6; i++) *--top = nullptr;
  pointer = top;
#if defined(__SANITIZE_THREAD__)
  sanitizer = __tsan_create_fiber(0);
#endif
}

void Fiber::resume() {
#if defined(__SANITIZE_ADDRESS__)
  void* mine;
  __sanitizer_start_switch_fiber(&mine, stack, STACK);
#endif
#if defined(__SANITIZE_THREAD__)
  hostFiber = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(sanitizer, 1);
#endif
  emu_switch(&host, pointer);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(mine, nullptr, nullptr);
#endif
}

void Fiber::pause() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&fake, hostStack, hostStackSize);
#endif
#if defined(__SANITIZE_THREAD__)
  __tsan_switch_to_fiber(hostFiber, 1);
#endif
  emu_switch(&pointer, host);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake, &hostStack, &hostStackSize);
#endif
}

void Fiber::entered() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &hostStack, &hostStackSize);
#endif
}
} // namespace emu
