// Times each step of kernels/lab and the kernels that the engine uses on the GPU at hand, and checks every
// result against the first step's:
//   nvcc -std=c++17 -O3 -arch=native -o kernel-bench bench/kernels.cu && ./kernel-bench
// One line a kernel: time, TFLOP/s or GB/s, largest difference from the first step.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "../kernels/matmul.cu"
#include "../kernels/matmul_bf16.cu"
#include "../kernels/round_bf16.cu"
#include "../kernels/grouped_matmul.cu"
#include "../kernels/grouped_matmul_bf16.cu"
#include "../kernels/attention.cu"
#include "../kernels/attention_backward.cu"
#include "../kernels/cross_entropy.cu"
#include "../kernels/dispatch.cu"
#include "../kernels/sort.cu"
#include "../kernels/lab/attention_steps.cu"
#include "../kernels/lab/dispatch_steps.cu"
#include "../kernels/lab/matmul_steps.cu"
#include "../kernels/lab/matmul_tf32.cu"
#include "../kernels/lab/matmul_wmma_bf16.cu"

static void check(cudaError_t code, const char* what) {
  if (code != cudaSuccess) {
    fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(code));
    exit(1);
  }
}

template <class T>
struct Device {
  T* at;
  size_t size;

  explicit Device(size_t n) : size(n) {
    check(cudaMalloc(&at, n * sizeof(T)), "cudaMalloc");
    check(cudaMemset(at, 0, n * sizeof(T)), "cudaMemset");
  }

  explicit Device(const std::vector<T>& values) : Device(values.size()) {
    check(cudaMemcpy(at, values.data(), size * sizeof(T), cudaMemcpyHostToDevice), "cudaMemcpy");
  }

  ~Device() {
    cudaFree(at);
  }

  std::vector<T> read() const {
    std::vector<T> values(size);
    check(cudaMemcpy(values.data(), at, size * sizeof(T), cudaMemcpyDeviceToHost), "a kernel");
    return values;
  }
};

static std::vector<float> draws(size_t n, unsigned seed) {
  std::vector<float> values(n);
  unsigned long long state = seed;
  for (float& value : values) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    value = (float)(int)(state >> 40) * 0x1p-23f - 1.0f;
  }
  return values;
}

// Seconds of one run: the fastest of five batches.
static double seconds(const std::function<void()>& run) {
  cudaEvent_t begin, end;
  cudaEventCreate(&begin);
  cudaEventCreate(&end);
  run();
  check(cudaDeviceSynchronize(), "the first run");
  double best = 1e9;
  for (int batch = 0, runs = 1; batch < 5; batch++) {
    cudaEventRecord(begin);
    for (int i = 0; i < runs; i++) {
      run();
    }
    cudaEventRecord(end);
    check(cudaEventSynchronize(end), "a batch");
    float ms;
    cudaEventElapsedTime(&ms, begin, end);
    best = fmin(best, ms * 1e-3 / runs);
    runs = (int)fmin(50.0, fmax(1.0, 0.02 / best));
  }
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  return best;
}

template <class T>
static double difference(const std::vector<T>& a, const std::vector<T>& b) {
  double most = 0;
  for (size_t i = 0; i < a.size(); i++) {
    double apart = fabs((double)a[i] - (double)b[i]);
    most = apart <= most ? most : apart;
  }
  return most;
}

// Runs, times and compares one kernel; the first of a series gives what the others are held to.
template <class T>
struct Series {
  Device<T>& out;
  double amount; // FLOPs or bytes of one run
  const char* unit;
  std::vector<T> first;

  void step(const std::string& name, const std::function<void()>& run) {
    check(cudaMemset(out.at, 0, out.size * sizeof(T)), "cudaMemset");
    double time = seconds(run);
    std::vector<T> got = out.read();
    if (first.empty()) {
      first = got;
    }
    printf("%-44s %9.1f us %8.2f %s  differs by %.2g\n", name.c_str(), time * 1e6, amount / time * 1e-12,
           unit, difference(got, first));
    fflush(stdout);
  }
};

static int up(long long n, int by) {
  return (int)((n + by - 1) / by);
}

template <class K>
static void allow(K kernel, int bytes) {
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes), "shared memory");
}

// A product of rounded operands.
template <class K>
static void rounded(Series<float>& series, const char* name, K kernel, const Device<unsigned short>& x,
                    const Device<unsigned short>& y, int m, int n, int k, int xWidth, int yWidth) {
  allow(kernel, BF16_SHARED);
  series.step(name, [&] {
    kernel<<<dim3(up(n, 128), up(m, 128)), 128, BF16_SHARED>>>(x.at, y.at, nullptr, series.out.at, m, n, k,
        up(xWidth, 8) * 8, up(yWidth, 8) * 8, n, up(k, 32) * 32, 0);
  });
}

static void matmuls(int m, int n, int k) {
  printf("c [%d,%d] over %d\n", m, n, k);
  Device<float> a(draws((size_t)m * k, 1)), b(draws((size_t)n * k, 2)), c((size_t)m * n);
  Device<unsigned short> x(((size_t)m + 8) * (k + 8)), y(((size_t)n + 8) * (k + 8));
  auto round = [&](bool aByK, bool bByK) {
    int aRows = aByK ? m : k, aWidth = aByK ? k : m, bRows = bByK ? n : k, bWidth = bByK ? k : n;
    int aStride = up(aWidth, 8) * 8, bStride = up(bWidth, 8) * 8;
    round_bf16<<<up((long long)aRows * aStride / 8, 256), 256>>>(a.at, x.at, aRows, aWidth, aWidth, aStride);
    round_bf16<<<up((long long)bRows * bStride / 8, 256), 256>>>(b.at, y.at, bRows, bWidth, bWidth, bStride);
  };
  Series<float> nt{c, 2.0 * m * n * k, "TFLOP/s", {}};
  dim3 large(up(n, 128), up(m, 128)), small(up(n, 64), up(m, 64));
  nt.step("matmul nt 64", [&] {
    matmul_nt_64_f32<<<small, 64>>>(a.at, b.at, nullptr, c.at, m, n, k, k, k, n, up(k, 16) * 16, 0);
  });
  nt.step("matmul nt 128", [&] {
    matmul_nt_128_f32<<<large, 128>>>(a.at, b.at, nullptr, c.at, m, n, k, k, k, n, up(k, 16) * 16, 0);
  });
  round(true, true);
  rounded(nt, "matmul nt bf16", matmul_nt_bf16, x, y, m, n, k, k, k);
  nt.step("lab naive", [&] {
    lab_matmul_naive_f32<<<dim3(up(n, 16), up(m, 16)), dim3(16, 16)>>>(a.at, b.at, c.at, m, n, k);
  });
  nt.step("lab shared", [&] {
    lab_matmul_shared_f32<<<dim3(up(n, 32), up(m, 32)), dim3(32, 32)>>>(a.at, b.at, c.at, m, n, k);
  });
  nt.step("lab registers", [&] {
    lab_matmul_registers_f32<<<small, 256>>>(a.at, b.at, c.at, m, n, k);
  });
  nt.step("lab tf32", [&] {
    lab_matmul_tf32<<<small, 256>>>(a.at, b.at, c.at, m, n, k);
  });
  if (k % 8 == 0) {
    round(true, true);
    nt.step("lab bf16 through wmma", [&] {
      lab_matmul_wmma_bf16<<<large, 128>>>(x.at, y.at, c.at, m, n, k);
    });
  }
  Series<float> nn{c, 2.0 * m * n * k, "TFLOP/s", {}};
  nn.step("matmul nn 64", [&] {
    matmul_nn_64_f32<<<small, 64>>>(a.at, b.at, nullptr, c.at, m, n, k, k, n, n, up(k, 16) * 16, 0);
  });
  nn.step("matmul nn 128", [&] {
    matmul_nn_128_f32<<<large, 128>>>(a.at, b.at, nullptr, c.at, m, n, k, k, n, n, up(k, 16) * 16, 0);
  });
  round(true, false);
  rounded(nn, "matmul nn bf16", matmul_nn_bf16, x, y, m, n, k, k, n);
  Series<float> tn{c, 2.0 * m * n * k, "TFLOP/s", {}};
  tn.step("matmul tn 64", [&] {
    matmul_tn_64_f32<<<small, 64>>>(a.at, b.at, nullptr, c.at, m, n, k, m, n, n, up(k, 16) * 16, 0);
  });
  tn.step("matmul tn 128", [&] {
    matmul_tn_128_f32<<<large, 128>>>(a.at, b.at, nullptr, c.at, m, n, k, m, n, n, up(k, 16) * 16, 0);
  });
  double time = seconds([&] { round(false, false); });
  printf("%-44s %9.1f us %8.2f TB/s\n", "rounding of both", time * 1e6, 6.0 * (m + n) * k / time * 1e-12);
  rounded(tn, "matmul tn bf16", matmul_tn_bf16, x, y, m, n, k, m, n);
}

// Experts' dense layers, whose rows grow from expert to expert and end anywhere in a tile.
static void experts(int rows, int inputs, int outputs, int awake) {
  printf("experts %d, %d rows, %d to %d\n", awake, rows, inputs, outputs);
  size_t size = (size_t)outputs * inputs;
  Device<float> x(draws((size_t)rows * inputs, 8)), dOut(draws((size_t)rows * outputs, 9)), bias(draws(outputs, 10));
  Device<float> weights(draws(awake * size, 11)), out((size_t)rows * outputs), dX((size_t)rows * inputs);
  Device<unsigned short> x16(x.size), dOut16(dOut.size), weights16(weights.size);
  std::vector<int> bounds;
  std::vector<float*> table, biases(awake, bias.at);
  for (int e = 0; e <= awake; e++) {
    bounds.push_back((int)((long long)rows * e * (e + 2 * awake) / (3 * awake * awake)));
    table.push_back(weights.at + e * size);
  }
  Device<int> offsets(bounds), error(4);
  Device<float*> weightOf(table), biasOf(biases);
  round_bf16<<<up(x.size / 8, 256), 256>>>(x.at, x16.at, rows, inputs, inputs, inputs);
  round_bf16<<<up(dOut.size / 8, 256), 256>>>(dOut.at, dOut16.at, rows, outputs, outputs, outputs);
  round_bf16<<<up(weights.size / 8, 256), 256>>>(weights.at, weights16.at, awake * outputs, inputs, inputs, inputs);
  allow(grouped_forward_bf16, BF16_SHARED);
  allow(grouped_input_bf16, BF16_SHARED);
  double work = 2.0 * rows * inputs * outputs;
  dim3 forth(up(outputs, 128), up(rows, 128) + awake), back(up(inputs, 128), up(rows, 128) + awake);
  Series<float> forward{out, work, "TFLOP/s", {}};
  forward.step("grouped forward 128", [&] {
    grouped_forward_128_f32<<<forth, 128>>>(x.at, offsets.at, weightOf.at, biasOf.at, out.at, awake, rows, inputs, outputs, error.at);
  });
  forward.step("grouped forward bf16", [&] {
    grouped_forward_bf16<<<forth, 128, BF16_SHARED>>>(x16.at, offsets.at, weights16.at, biasOf.at, out.at, awake, rows, inputs, outputs, error.at);
  });
  Series<float> input{dX, work, "TFLOP/s", {}};
  input.step("grouped input 128", [&] {
    grouped_input_128_f32<<<back, 128>>>(dOut.at, offsets.at, weightOf.at, dX.at, awake, rows, inputs, outputs, error.at);
  });
  input.step("grouped input bf16", [&] {
    grouped_input_bf16<<<back, 128, BF16_SHARED>>>(dOut16.at, offsets.at, weights16.at, dX.at, awake, rows, inputs, outputs, error.at);
  });
}

static void attentions(int batch, int time, int heads, int size) {
  printf("attention B %d T %d H %d D %d\n", batch, time, heads, size);
  int width = heads * size;
  size_t rows = (size_t)batch * time;
  Device<float> qkv(draws(rows * 3 * width, 3)), out(rows * width), lse(rows * heads), delta(rows * heads);
  Device<float> scores(rows * heads * time), dQkv(rows * 3 * width), dOut(draws(rows * width, 4));
  Device<int> segments(rows), error(4);
  float scale = 1 / sqrtf((float)size);
  int depth = size <= 32 ? 32 : 64;
  dim3 grid(batch * heads, up(time, 64), up(size, depth));
  Series<float> forward{out, 2.0 * rows * time * width, "TFLOP/s", {}};
  forward.step("lab matrix", [&] {
    dim3 cells(up(time, 256), time, batch * heads);
    lab_attention_scores_f32<<<cells, 256>>>(qkv.at, scores.at, time, heads, size, scale);
    lab_attention_softmax_f32<<<dim3(time, batch * heads), 256>>>(scores.at, time);
    dim3 mix(up(size, 32), time, batch * heads);
    lab_attention_mix_f32<<<mix, 32>>>(qkv.at, scores.at, out.at, time, heads, size);
  });
  forward.step("lab online", [&] {
    lab_attention_online_f32<<<dim3(up(time, 8), batch * heads), 256>>>(qkv.at, out.at, time, heads, size, scale);
  });
  int bytes = 768 * depth; // and, going back, 16,384 of weights
  auto kernel = depth == 32 ? attention_forward_32_f32 : attention_forward_64_f32;
  allow(kernel, bytes);
  forward.step("attention forward", [&] {
    kernel<<<grid, 128, bytes>>>(qkv.at, segments.at, out.at, lse.at, time, heads, size, scale, error.at);
  });
  Device<int> turns(1 + (size_t)grid.z * batch * heads * up(time, 32));
  Series<float> backward{dQkv, 5.0 * rows * time * width, "TFLOP/s", {}};
  auto gradients = depth == 32 ? attention_backward_32_f32 : attention_backward_64_f32;
  allow(gradients, bytes + 16384);
  backward.step("attention backward", [&] {
    attention_delta_f32<<<up(rows * heads, 8), 256>>>(out.at, dOut.at, delta.at, (int)rows, time, heads, size);
    check(cudaMemsetAsync(turns.at, 0, turns.size * sizeof(int)), "turns");
    gradients<<<grid, 128, bytes + 16384>>>(qkv.at, segments.at, dOut.at, lse.at, delta.at, dQkv.at, turns.at, time, heads, size, scale, error.at);
  });
}

static void dispatches(int tokens, int k, int awake, int width) {
  printf("dispatch N %d K %d A %d C %d\n", tokens, k, awake, width);
  int slots = tokens * k;
  std::vector<int> drawn(slots);
  for (int i = 0; i < slots; i++) {
    drawn[i] = (int)((i * 2654435761u) >> 16) % awake;
  }
  Device<int> experts(drawn), offsets(awake + 1), order(slots), sorted(slots), counts(256 * up(slots, 1024));
  Series<int> sort{order, 12.0 * slots, "TB/s", {}};
  sort.step("lab scan", [&] {
    lab_sort_scan_i32<<<1, awake>>>(experts.at, offsets.at, order.at, slots, awake);
  });
  sort.step("lab ballot", [&] {
    lab_sort_ballot_i32<<<awake, 32>>>(experts.at, offsets.at, order.at, slots, awake);
  });
  sort.step("sort", [&] {
    int blocks = up(slots, 1024);
    sort_count_i32<<<blocks, 256>>>(experts.at, counts.at, slots, 0, awake);
    sort_scan_i32<<<1, 256>>>(counts.at, 256 * blocks);
    sort_scatter_i32<<<blocks, 256>>>(experts.at, nullptr, counts.at, sorted.at, order.at, slots, 0, awake);
  });
  Device<float> x(draws((size_t)tokens * width, 5)), out((size_t)slots * width);
  Device<int> error(4);
  Series<float> copy{out, 8.0 * slots * width, "TB/s", {}};
  copy.step("lab scalar", [&] {
    lab_dispatch_scalar_f32<<<up((long long)slots * width, 256), 256>>>(x.at, order.at, out.at, slots, k, width);
  });
  copy.step("dispatch", [&] {
    dispatch_forward_f32<<<up(slots, 8), 256>>>(x.at, offsets.at, order.at, out.at, slots, k, width, awake, error.at);
  });
}

static void losses(int rows, int vocabulary) {
  printf("rows of logits %d V %d\n", rows, vocabulary);
  int stride = up(vocabulary, 4) * 4;
  Device<float> logits(draws((size_t)rows * stride, 6)), bias(draws(vocabulary, 7)), lost(rows);
  Device<int> targets(rows), error(4);
  Series<float> series{lost, 12.0 * rows * vocabulary, "TB/s", {}};
  series.step("cross entropy", [&] {
    cross_entropy_rows_f32<<<rows, 512>>>(logits.at, bias.at, targets.at, lost.at, 0, vocabulary, stride, 1.0f, 1, error.at);
  });
}

int main() {
  cudaDeviceProp device;
  check(cudaGetDeviceProperties(&device, 0), "no GPU");
  printf("%s, %d multiprocessors, compute capability %d.%d\n", device.name, device.multiProcessorCount,
         device.major, device.minor);
  matmuls(4096, 4096, 4096);
  matmuls(2048, 768, 256);
  matmuls(256, 50260, 256);
  matmuls(4096, 3072, 768);
  experts(16384, 768, 3072, 8);
  experts(16384, 3072, 768, 8);
  losses(256, 50257);
  attentions(8, 256, 8, 32);
  attentions(8, 1024, 12, 64);
  dispatches(2048, 2, 8, 256);
  dispatches(16384, 2, 64, 1024);
  return 0;
}
