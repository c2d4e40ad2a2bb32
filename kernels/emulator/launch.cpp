#include "launch.h"
#include "fiber.h"
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <vector>
#undef threadIdx
#undef blockIdx
#undef blockDim
#undef gridDim

namespace emu {
Where* here;

static std::map<std::string, const Kernel*>& registry() {
  static std::map<std::string, const Kernel*> kernels; // made by the first static constructor
  return kernels;
}
Registration::Registration(const Kernel* kernel) { registry()[kernel->name] = kernel; }
const Kernel* find(const std::string& name) {
  auto found = registry().find(name);
  return found == registry().end() ? nullptr : found->second;
}

static Order order = Order::Forward;
static std::mt19937 draw(1);
void setOrder(Order o, unsigned seed) { order = o; draw.seed(seed); }

// Where the lanes of one mask meet. Two generations of what they gave, since a lane may go on to
// the next exchange while another still reads this one.
struct Meeting {
  unsigned mask = 0, arrived = 0, generation = 0;
  Op op{};
  int line = 0;
  unsigned present[2];
  std::vector<Fiber*> waiting;
  alignas(16) char given[2][32 * LANE_BYTES];
};
struct Warp { std::vector<Meeting> meetings; unsigned exited = 0; };

// The block that runs.
static const Kernel* kernel;
static void** arguments;
static int threads, started, done;
static std::vector<Where> wheres;
static std::vector<int> sequence;
static std::vector<Warp> warps;
static std::vector<Copies> copiesOf; // each thread
static std::vector<Fiber*> ready, idle, spent, atBarrier;
static size_t nextReady;
static int barrierLine, barrierVotes, lastVotes;
static char* dynamic;
static size_t dynamicSize;
static Fiber* running;
static std::string failure;
static char startTag, barrierTag, endTag, warpTags[64];
constexpr size_t REDZONE = 128;

void fail(const char* format, ...) {
  char text[512];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  char place[160] = "";
  if (running) snprintf(place, sizeof place, " in block (%u,%u,%u) thread (%u,%u,%u)", here->block.x, here->block.y, here->block.z, here->thread.x, here->thread.y, here->thread.z);
  failure = std::string(kernel->name) + place + ": " + text;
  if (!running) abort();
  running->pause(); // for good: the launch ends
  abort();
}

static void letGo(std::vector<Fiber*>& fibers) {
  size_t first = ready.size();
  ready.insert(ready.end(), fibers.begin(), fibers.end());
  if (order == Order::Reverse) std::reverse(ready.begin() + first, ready.end());
  if (order == Order::Random) std::shuffle(ready.begin() + first, ready.end(), draw);
  fibers.clear();
}

static void wait() {
  Fiber* self = running;
  self->pause();
  running = self;
  here = &wheres[self->thread];
}

static void openBarrier() {
  lastVotes = barrierVotes;
  barrierVotes = 0;
  letGo(atBarrier);
}

int barrier(int predicate, int line) {
  [[maybe_unused]] Unwatched mine;
  if (!atBarrier.empty() && barrierLine != line)
    fail("divergent barriers: this thread is at line %d, others wait at line %d", line, barrierLine);
  barrierLine = line;
  barrierVotes += predicate;
  happensBefore(&barrierTag);
  atBarrier.push_back(running);
  if ((int)atBarrier.size() == threads - done) openBarrier();
  wait();
  happensAfter(&barrierTag);
  return lastVotes;
}

static void openMeeting(Warp& warp, Meeting& m) {
  unsigned needed = m.mask & ~warp.exited;
  if (m.arrived && (m.arrived & needed) == needed) {
    m.present[m.generation & 1] = m.arrived;
    m.arrived = 0;
    m.generation++;
    letGo(m.waiting);
  }
}

static Meeting& meetingOf(Warp& warp, unsigned mask) {
  for (auto& m : warp.meetings) if (m.mask == mask) return m;
  if (warp.meetings.empty()) warp.meetings.reserve(32); // references must stay good
  if (warp.meetings.size() == 32) fail("more than 32 masks in one warp");
  warp.meetings.emplace_back().mask = mask;
  return warp.meetings.back();
}

int lane() { return running->thread & 31; }

Copies& copies() { return copiesOf[running->thread]; }

const char* exchange(unsigned mask, const void* value, size_t size, Op op, int line, unsigned* present) {
  [[maybe_unused]] Unwatched mine;
  int self = lane(), warpIndex = running->thread >> 5;
  Warp& warp = warps[warpIndex];
  if (!(mask >> self & 1)) fail("line %d: lane %d is not in the mask %08x of its own exchange", line, self, mask);
  if (size > LANE_BYTES) fail("line %d: %zu bytes in one exchange", line, size);
  Meeting& m = meetingOf(warp, mask);
  if (!m.arrived) { m.op = op; m.line = line; }
  else if (m.op != op || m.line != line) fail("divergent warp: lane %d is at line %d, others of its mask at line %d", self, line, m.line);
  unsigned generation = m.generation & 1;
  if (size) memcpy(m.given[generation] + self * LANE_BYTES, value, size);
  bool synchronises = op == Op::SyncWarp;
  if (synchronises) happensBefore(&warpTags[warpIndex]);
  m.arrived |= 1u << self;
  m.waiting.push_back(running);
  openMeeting(warp, m);
  wait();
  if (synchronises) happensAfter(&warpTags[warpIndex]);
  *present = m.present[generation];
  return m.given[generation];
}

void* dynamicShared() {
  if (!dynamicSize) fail("dynamic shared memory is used and the launch gave none");
  return dynamic;
}

static void finishThread(int thread) {
  [[maybe_unused]] Unwatched mine;
  if (!copiesOf[thread].pending.empty()) fail("the thread ends before what it copies has arrived");
  done++;
  Warp& warp = warps[thread >> 5];
  warp.exited |= 1u << (thread & 31);
  for (auto& m : warp.meetings) openMeeting(warp, m);
  if (!atBarrier.empty() && (int)atBarrier.size() == threads - done) openBarrier();
}

static void rest(Fiber* fiber) {
  [[maybe_unused]] Unwatched mine;
#ifdef __SANITIZE_THREAD__
  spent.push_back(fiber); // another thread of this block would seem to follow the one that it ran
#else
  idle.push_back(fiber);
#endif
}

// A fiber runs one thread after the other, until none is left to start.
static void fiberBody() {
  Fiber::entered();
  Fiber* self = running;
  for (;;) {
    while (started < threads) {
      int thread = sequence[started++];
      self->thread = thread;
      running = self;
      here = &wheres[thread];
      happensAfter(&startTag);
      kernel->thunk(arguments);
      happensBefore(&endTag);
      finishThread(thread);
#ifdef __SANITIZE_THREAD__
      break;
#endif
    }
    rest(self);
    self->pause();
    running = self;
  }
}

static void resume(Fiber* fiber) {
  running = fiber;
  if (fiber->thread >= 0) here = &wheres[fiber->thread];
  fiber->resume();
  running = nullptr;
}

static Fiber* fresh() {
  if (idle.empty()) return new Fiber(fiberBody);
  Fiber* fiber = idle.back();
  idle.pop_back();
  fiber->thread = -1;
  return fiber;
}

static Fiber* next() {
  if (order == Order::Lifo) {
    Fiber* fiber = ready.back();
    ready.pop_back();
    return fiber;
  }
  Fiber* fiber = ready[nextReady++];
  if (nextReady == ready.size()) { ready.clear(); nextReady = 0; }
  return fiber;
}

static std::string stuck() {
  char text[256];
  int barriers = (int)atBarrier.size();
  snprintf(text, sizeof text, "%s: deadlock in block (%u,%u,%u): of %d threads %d ended, %d wait at __syncthreads (line %d), %d in a warp exchange",
           kernel->name, here->block.x, here->block.y, here->block.z, threads, done, barriers, barrierLine, threads - done - barriers);
  for (auto& w : warps) for (auto& m : w.meetings) if (m.arrived)
    return std::string(text) + " (line " + std::to_string(m.line) + ")";
  return text;
}

static void prepare(dim3 grid, dim3 block, unsigned long index) {
  uint3 at{(unsigned)(index % grid.x), (unsigned)(index / grid.x % grid.y), (unsigned)(index / grid.x / grid.y)};
  for (int t = 0; t < threads; t++) {
    unsigned u = t;
    wheres[t] = {{u % block.x, u / block.x % block.y, u / block.x / block.y}, at, block, grid};
    sequence[t] = order == Order::Reverse ? threads - 1 - t : t;
  }
  if (order == Order::Random) std::shuffle(sequence.begin(), sequence.end(), draw);
  copiesOf.assign(threads, {});
  for (auto& w : warps) {
    w.exited = 0;
    for (auto& m : w.meetings) { m.arrived = 0; m.waiting.clear(); }
  }
  if (threads & 31) warps.back().exited = ~0u << (threads & 31);
  idle.insert(idle.end(), spent.begin(), spent.end());
  spent.clear();
  ready.clear();
  atBarrier.clear();
  nextReady = 0;
  started = done = barrierVotes = 0;
}

// Shared memory holds NaN when a block begins, and a pattern behind it.
static void poisonShared() {
#ifndef __SANITIZE_ADDRESS__
  memset(kernel->sharedBegin, 0xFF, kernel->sharedEnd - kernel->sharedBegin);
#endif
  if (dynamicSize) memset(dynamic, 0xFF, dynamicSize);
#ifndef __SANITIZE_ADDRESS__
  if (dynamicSize) memset(dynamic + dynamicSize, 0xA5, REDZONE);
#endif
}

static void checkShared() {
#ifndef __SANITIZE_ADDRESS__
  for (size_t i = 0; dynamicSize && i < REDZONE; i++)
    if ((unsigned char)dynamic[dynamicSize + i] != 0xA5) {
      failure = std::string(kernel->name) + ": a write " + std::to_string(i) + " bytes behind the dynamic shared memory of " + std::to_string(dynamicSize);
      return;
    }
#endif
}

static void runBlock() {
  happensBefore(&startTag);
  while (done < threads && failure.empty()) {
    if (!ready.empty()) resume(next());
    else if (started < threads) resume(fresh());
    else failure = stuck();
  }
  happensAfter(&endTag);
}

std::string launch(const Kernel* k, dim3 grid, dim3 block, size_t sharedBytes, void** args) {
  kernel = k;
  arguments = args;
  failure.clear();
  running = nullptr;
  threads = block.x * block.y * block.z;
  wheres.resize(threads);
  sequence.resize(threads);
  warps.resize((threads + 31) / 32);
  dynamicSize = sharedBytes;
  void* memory = nullptr;
#ifdef __SANITIZE_ADDRESS__
  if (sharedBytes && posix_memalign(&memory, 128, sharedBytes)) abort();
#else
  if (sharedBytes && posix_memalign(&memory, 128, sharedBytes + REDZONE)) abort();
#endif
  dynamic = (char*)memory;
  unsigned long blocks = (unsigned long)grid.x * grid.y * grid.z;
  for (unsigned long i = 0; i < blocks && failure.empty(); i++) {
    prepare(grid, block, order == Order::Reverse ? blocks - 1 - i : i);
    poisonShared();
    runBlock();
    if (failure.empty()) checkShared();
  }
  free(memory);
  if (!failure.empty()) { idle.clear(); spent.clear(); } // fibers that never ended are left where they are
  return failure;
}
} // namespace emu
