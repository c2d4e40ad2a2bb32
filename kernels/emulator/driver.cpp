// A libcuda.so.1 without a GPU, which JCuda loads unmodified: the calls that the engine makes, as
// strict as the driver or stricter. What is not here is not called; JCuda binds lazily.
#include "double.h"
#include "record.h"
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <sys/mman.h>
#include <vector>
#undef threadIdx
#undef blockIdx
#undef blockDim
#undef gridDim

#define API extern "C" __attribute__((visibility("default"))) int
using Address = unsigned long long;
using Handle = void*;

namespace {
enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, INVALID_DEVICE = 101, INVALID_PTX = 218,
       INVALID_CONTEXT = 201, INVALID_HANDLE = 400, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700, LAUNCH_FAILED = 719, NOT_SUPPORTED = 801, UNKNOWN = 999 };

constexpr size_t REDZONE = 256;
constexpr unsigned char PATTERN = 0xA5;

bool initialised;
Handle current;
int theContext;
std::map<Address, size_t> live; // device memory by its address
std::map<size_t, std::vector<char*>> idle;
size_t used;
std::string lastFailure;

size_t capacity() {
  const char* text = getenv("GHOSTMOE_EMULATOR_MEMORY");
  return text ? strtoull(text, nullptr, 10) : 2ull << 30;
}

// Device memory by exact size, from addresses that are the same in every process; AddressSanitizer
// wants its own, with what it knows around each.
char* allocate(size_t bytes) {
#ifdef __SANITIZE_ADDRESS__
  void* memory = nullptr;
  return posix_memalign(&memory, 256, bytes) ? nullptr : (char*)memory;
#else
  bytes = (bytes + 255) / 256 * 256;
  static char* next = nullptr;
  static char* end = nullptr;
  if (!next) {
    next = (char*)mmap((void*)emu::DEVICE_BASE, emu::DEVICE_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (next == MAP_FAILED) return next = nullptr;
    end = next + emu::DEVICE_BYTES;
  }
  auto& reusable = idle[bytes];
  if (!reusable.empty()) {
    char* memory = reusable.back();
    reusable.pop_back();
    return memory;
  }
  if (next + bytes > end) return nullptr;
  next += bytes;
  return next - bytes;
#endif
}

void release(char* memory, [[maybe_unused]] size_t bytes) {
#ifdef __SANITIZE_ADDRESS__
  free(memory);
#else
  idle[(bytes + 255) / 256 * 256].push_back(memory);
#endif
}

int complain(int code, const std::string& text) {
  lastFailure = text;
  fprintf(stderr, "[emulator] %s\n", text.c_str());
  return code;
}

// The allocation that holds [p, p + n), or its one-past-the-end for n = 0.
bool holds(Address p, size_t n) {
  auto after = live.upper_bound(p);
  if (after == live.begin()) return false;
  auto& [begin, size] = *--after;
  return p + n <= begin + size;
}

int checkRedzones(const char* kernel) {
#ifndef __SANITIZE_ADDRESS__
  for (auto& [begin, size] : live)
    for (size_t i = 0; i < REDZONE; i++) {
      auto *before = (unsigned char*)begin - 1 - i, *behind = (unsigned char*)begin + size + i;
      if (*before != PATTERN || *behind != PATTERN)
        return complain(ILLEGAL_ADDRESS, std::string(kernel) + ": a write " + std::to_string(i + 1) + " bytes outside of a buffer of " + std::to_string(size));
    }
#endif
  return OK;
}

struct Entry { std::vector<unsigned> sizes; unsigned staticShared = 0; };
struct Module { std::map<std::string, Entry> entries; unsigned mostShared; };

// Without being asked a GPU gives a block 48 KB of shared memory, the kernel's own variables among them.
// Asked, it gives what the smallest of the architectures has that the PTX is for: Turing, and GeForce of sm_86 on.
constexpr unsigned UNASKED_SHARED = 48 << 10, TURINGS_SHARED = 64 << 10, GEFORCES_SHARED = 99 << 10;
struct Function { const emu::Kernel* kernel; unsigned staticShared, mostShared; unsigned dynamicLimit = UNASKED_SHARED - staticShared; };

// The bytes of the shared variables that are declared in [p, end).
unsigned sharedBytes(const char* p, const char* end) {
  unsigned bytes = 0;
  const char* head = "\t.shared .align ";
  while ((p = strstr(p, head)) && p < end) {
    p += strlen(head);
    unsigned align = atoi(p);
    p = strchr(p, '.') + 2; // behind the letter of the type, at its bits
    unsigned size = atoi(p) / 8;
    const char* name = strchr(p, ' ');
    const char* last = strchr(name, ';');
    const char* count = strchr(name, '[');
    if (count && count < last) size *= atoi(count + 1);
    bytes = (bytes + align - 1) / align * align + size;
  }
  return bytes;
}

// The sizes of each kernel's parameters and of its shared variables, as the PTX declares them.
void parse(const char* text, Module& module) {
  for (const char* p = text; (p = strstr(p, ".entry ")); ) {
    p += 7;
    std::string name(p, strcspn(p, "( \n"));
    const char* open = strchr(p, '(');
    const char* close = strchr(p, ')');
    const char* next = strstr(p, ".entry ");
    auto& [sizes, staticShared] = module.entries[name];
    staticShared = sharedBytes(close, next ? next : p + strlen(p));
    for (const char* q = open; (q = strstr(q, ".param ")) && q < close; ) {
      q += 7;
      if (!strncmp(q, ".align", 6)) q = strchr(q + 1, '.') ;
      sizes.push_back(atoi(q + 2) / 8);
    }
    p = close;
  }
}

// The first launch of each kernel's first grids, where a folder is named for them.
constexpr int RECORDED_GRIDS = 3;
void recordOnce(const emu::Kernel* kernel, dim3 grid, dim3 block, unsigned shared, void** arguments) {
  static const char* folder = getenv("GHOSTMOE_EMULATOR_RECORD");
  static std::set<std::string> recorded;
  static std::map<const emu::Kernel*, int> grids;
  if (!folder) return;
  std::string name = std::string(kernel->name) + "-" + std::to_string(grid.x) + "x" + std::to_string(grid.y) + "x" + std::to_string(grid.z);
  if (!recorded.count(name) && grids[kernel]++ < RECORDED_GRIDS && recorded.insert(name).second)
    emu::record(std::string(folder) + "/" + name, kernel, grid, block, shared, arguments, live);
}

// What a test may ask for: that one call fails, by its name and how many of it come before.
std::string refusedCall;
int callsBefore;
bool refuses(const char* call) {
  if (refusedCall != call || callsBefore-- > 0) return false;
  refusedCall.clear();
  lastFailure = std::string(call) + " was to fail";
  return true;
}
#define MAY_FAIL \
  if (refuses(__func__)) return UNKNOWN

int held; // what was made and is not given back
std::set<Handle> streams;

int orderOf(const char* name) {
  if (!strcmp(name, "reverse")) return (int)emu::Order::Reverse;
  if (!strcmp(name, "random")) return (int)emu::Order::Random;
  if (!strcmp(name, "lifo")) return (int)emu::Order::Lifo;
  return (int)emu::Order::Forward;
}
} // namespace

// The order of a block's threads from here on: what a real driver does not have.
extern "C" __attribute__((visibility("default"))) void ghostmoe_emulator_order(const char* name) {
  emu::setOrder((emu::Order)orderOf(name), 1);
}

// The call of this name after so many others of it fails, once.
extern "C" __attribute__((visibility("default"))) void ghostmoe_emulator_fail(const char* call, int before) {
  refusedCall = call;
  callsBefore = before;
}

// How many contexts, streams, events, modules, pieces of memory and cuBLAS's handles are not given back.
extern "C" __attribute__((visibility("default"))) int ghostmoe_emulator_held() { return held; }

// ---- for the double of cuBLAS, which is a library of its own -------------------------------------
int ghostmoe_emulator_holds(Address p, size_t n) { return current && p && holds(p, n); }
int ghostmoe_emulator_is_stream(Handle s) { return current && streams.count(s); }
int ghostmoe_emulator_refuses(const char* call) { return refuses(call); }
void ghostmoe_emulator_made(int things) { held += things; }
void ghostmoe_emulator_complain(const char* text) { complain(OK, text); }

// ---- device -------------------------------------------------------------------------------------
API cuInit(unsigned) {
  initialised = true;
  return OK;
}
API cuDriverGetVersion(int* v) { *v = 12000; return OK; }
API cuDeviceGetCount(int* n) { if (!initialised) return NOT_INITIALIZED; *n = 1; return OK; }
API cuDeviceGet(int* device, int ordinal) { if (ordinal) return INVALID_DEVICE; *device = 0; return OK; }
API cuDeviceGetName(char* name, int length, int) { snprintf(name, length, "emulated GPU"); return OK; }
API cuDeviceTotalMem_v2(size_t* bytes, int) { *bytes = capacity(); return OK; }
API cuDeviceGetAttribute(int* value, int attribute, int) {
  switch (attribute) {
    case 1: *value = 1024; break;        // threads of a block
    case 8: *value = 48 << 10; break;    // shared memory of a block
    case 97: *value = 227 << 10; break;  // the same, opted in
    case 10: *value = 32; break;         // warp
    case 16: *value = 4; break;          // multiprocessors
    case 75: *value = 9; break;          // compute capability
    case 76: *value = 0; break;
    default: *value = 0;
  }
  return OK;
}

// ---- context, streams, events: all is done when a call returns ----------------------------------
API cuDevicePrimaryCtxRetain(Handle* c, int) { MAY_FAIL; if (!initialised) return NOT_INITIALIZED; *c = &theContext; held++; return OK; }
API cuDevicePrimaryCtxRelease_v2(int) { MAY_FAIL; held--; return OK; }
API cuCtxSetCurrent(Handle c) { MAY_FAIL; current = c; return OK; }
API cuCtxGetCurrent(Handle* c) { *c = current; return OK; }
API cuCtxSynchronize() { return current ? OK : INVALID_CONTEXT; }
API cuStreamCreate(Handle* s, unsigned) { MAY_FAIL; streams.insert(*s = malloc(1)); held++; return OK; }
API cuStreamDestroy_v2(Handle s) { MAY_FAIL; streams.erase(s); free(s); held--; return OK; }
API cuStreamSynchronize(Handle) { MAY_FAIL; return OK; }
API cuStreamWaitEvent(Handle, Handle, unsigned) { return OK; }
using Clock = std::chrono::steady_clock;
API cuEventCreate(Handle* e, unsigned) { MAY_FAIL; *e = new Clock::time_point; held++; return OK; }
API cuEventDestroy_v2(Handle e) { MAY_FAIL; held--; delete (Clock::time_point*)e; return OK; }
API cuEventRecord(Handle e, Handle) { *(Clock::time_point*)e = Clock::now(); return OK; }
API cuEventSynchronize(Handle) { return OK; }
API cuEventElapsedTime(float* ms, Handle a, Handle b) {
  *ms = std::chrono::duration<float, std::milli>(*(Clock::time_point*)b - *(Clock::time_point*)a).count();
  return OK;
}

// ---- memory -------------------------------------------------------------------------------------
API cuMemAlloc_v2(Address* p, size_t n) {
  MAY_FAIL;
  if (!current) return INVALID_CONTEXT;
  if (!n) return INVALID_VALUE;
  if (used + n > capacity()) return OUT_OF_MEMORY;
#ifdef __SANITIZE_ADDRESS__
  char* memory = allocate(n);
  if (!memory) return OUT_OF_MEMORY;
#else
  char* memory = allocate(n + 2 * REDZONE);
  if (!memory) return OUT_OF_MEMORY;
  memset(memory, PATTERN, n + 2 * REDZONE);
  memory += REDZONE;
#endif
  memset(memory, 0xFF, n);
  live[(Address)memory] = n;
  used += n;
  held++;
  *p = (Address)memory;
  return OK;
}
API cuMemFree_v2(Address p) {
  MAY_FAIL;
  if (!p) return OK;
  auto found = live.find(p);
  if (found == live.end()) return complain(INVALID_VALUE, "cuMemFree of what is not allocated");
  used -= found->second;
  held--;
#ifdef __SANITIZE_ADDRESS__
  release((char*)p, found->second);
#else
  memset((void*)p, 0xFF, found->second); // who still holds the address reads NaN
  release((char*)p - REDZONE, found->second + 2 * REDZONE);
#endif
  live.erase(found);
  return OK;
}
API cuMemGetInfo_v2(size_t* free, size_t* total) { *total = capacity(); *free = *total - used; return OK; }
API cuMemHostAlloc(Handle* p, size_t n, unsigned) { MAY_FAIL; held++; return posix_memalign(p, 4096, n) ? OUT_OF_MEMORY : OK; }
API cuMemFreeHost(Handle p) { MAY_FAIL; held--; free(p); return OK; }
API cuMemcpyHtoDAsync_v2(Address to, const void* from, size_t n, Handle) {
  MAY_FAIL;
  if (!holds(to, n)) return complain(INVALID_VALUE, "a copy to what is not device memory");
  memcpy((void*)to, from, n);
  return OK;
}
API cuMemcpyDtoHAsync_v2(void* to, Address from, size_t n, Handle) {
  if (!holds(from, n)) return complain(INVALID_VALUE, "a copy from what is not device memory");
  memcpy(to, (void*)from, n);
  return OK;
}
API cuMemcpyDtoDAsync_v2(Address to, Address from, size_t n, Handle) {
  if (!holds(to, n) || !holds(from, n)) return complain(INVALID_VALUE, "a copy within what is not device memory");
  memmove((void*)to, (void*)from, n);
  return OK;
}
API cuMemsetD8Async(Address p, unsigned char v, size_t n, Handle) {
  if (!holds(p, n)) return complain(INVALID_VALUE, "a fill of what is not device memory");
  memset((void*)p, v, n);
  return OK;
}

// ---- modules and launches -----------------------------------------------------------------------
API cuModuleLoadData(Handle* m, const void* image) {
  if (!current) return INVALID_CONTEXT;
  const char* text = (const char*)image;
  if (!strstr(text, ".version 8.0")) return complain(INVALID_PTX, "PTX of another version than 8.0");
  auto* module = new Module;
  module->mostShared = strstr(text, ".target sm_75") ? TURINGS_SHARED : GEFORCES_SHARED;
  parse(text, *module);
  *m = module;
  held++;
  return OK;
}
API cuModuleUnload(Handle m) { MAY_FAIL; held--; delete (Module*)m; return OK; }
API cuModuleGetFunction(Handle* f, Handle m, const char* name) {
  auto& entries = ((Module*)m)->entries;
  auto entry = entries.find(name);
  if (entry == entries.end()) return NOT_FOUND;
  const emu::Kernel* kernel = emu::find(name);
  if (!kernel) return complain(NOT_FOUND, std::string("no host build of ") + name);
  auto& [sizes, staticShared] = entry->second;
  bool same = (int)sizes.size() == kernel->parameters;
  for (int i = 0; same && i < kernel->parameters; i++) same = sizes[i] == kernel->sizes[i];
  if (!same) return complain(NOT_FOUND, std::string("PTX and source of ") + name + " disagree on its parameters");
  *f = new Function{kernel, staticShared, ((Module*)m)->mostShared};
  return OK;
}
API cuFuncSetAttribute(Handle f, int attribute, int value) {
  if (attribute != 8) return NOT_SUPPORTED;
  auto* function = (Function*)f;
  if (value < 0 || value + function->staticShared > function->mostShared) return INVALID_VALUE;
  function->dynamicLimit = value;
  return OK;
}
API cuLaunchKernel(Handle f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                   Handle, void** arguments, void** extra) {
  auto* function = (Function*)f;
  if (!function) return INVALID_HANDLE;
  if (extra) return NOT_SUPPORTED;
  const emu::Kernel* kernel = function->kernel;
  unsigned long long size = (unsigned long long)bx * by * bz;
  if (!gx || !gy || !gz || !size || size > 1024 || bz > 64 || gy > 65535 || gz > 65535 || gx > 2147483647u || shared > function->dynamicLimit)
    return complain(INVALID_VALUE, std::string(kernel->name) + ": a grid that no GPU takes");
  for (int i = 0; i < kernel->parameters; i++) {
    Address p = 0;
    if (kernel->pointers[i]) memcpy(&p, arguments[i], sizeof p);
    if (p && !holds(p, 0))
      return complain(ILLEGAL_ADDRESS, std::string(kernel->name) + ": parameter " + std::to_string(i) + " is not live device memory");
  }
  recordOnce(kernel, {gx, gy, gz}, {bx, by, bz}, shared, arguments);
  std::string failure = emu::launch(kernel, {gx, gy, gz}, {bx, by, bz}, shared, arguments);
  if (!failure.empty()) return complain(LAUNCH_FAILED, failure);
  return checkRedzones(kernel->name);
}
API cuGetErrorString(int code, const char** text) { *text = code == OK ? "no error" : code == OUT_OF_MEMORY ? "out of memory" : lastFailure.c_str(); return OK; }
API cuGetErrorName(int code, const char** name) { *name = code == OK ? "CUDA_SUCCESS" : "CUDA_ERROR"; return OK; }
