package io.ghostmoe.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.tensor.cuda.CudaMatmul.Layout;
import io.ghostmoe.tensor.cuda.CudaMatmul.Matrix;
import io.ghostmoe.tensor.cuda.CudaMatmul.Product;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The steps of {@code kernels/lab}: each computes what plain loops in double do. */
class LabOnCuda {
  private final CudaContext cuda = new CudaContext(CudaFixture.gpu(), CudaMemory.Reuse.NONE);
  private final Random random = new Random(1);

  @AfterEach
  void close() {
    cuda.close();
  }

  private float[] draws(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat() * 2 - 1;
    }
    return values;
  }

  private CudaBuffer upload(float[] values) {
    CudaBuffer buffer = cuda.scratch(4L * values.length);
    cuda.staging().write(values, buffer.pointer());
    return buffer;
  }

  private CudaBuffer upload(int[] values) {
    CudaBuffer buffer = cuda.scratch(4L * values.length);
    cuda.staging().write(values, buffer.pointer());
    return buffer;
  }

  private float[] floats(CudaBuffer source) {
    float[] values = new float[(int) (source.bytes() / 4)];
    cuda.staging().read(source.pointer(), values);
    return values;
  }

  private int[] integers(CudaBuffer source) {
    int[] values = new int[(int) (source.bytes() / 4)];
    cuda.staging().read(source.pointer(), values);
    return values;
  }

  private void launch(String module, String name, Grid grid, Consumer<ArgumentBlock> arguments) {
    Kernel kernel = new Kernel(cuda, module, name, "p arguments are checked by the emulator");
    ArgumentBlock block = kernel.begin();
    arguments.accept(block);
    kernel.launch(grid, block);
  }

  // ---- matmul -------------------------------------------------------------------------------

  @Test
  void everyMatmulMultiplies() {
    checkMatmul(1, 1, 1);
    checkMatmul(33, 65, 17);
    checkMatmul(70, 31, 128);
  }

  private void checkMatmul(int m, int n, int k) {
    float[] a = draws(m * k);
    float[] b = draws(n * k);
    double[] want = new double[m * n];
    for (int i = 0; i < want.length; i++) {
      for (int j = 0; j < k; j++) {
        want[i] += (double) a[i / n * k + j] * b[i % n * k + j];
      }
    }
    Grid naive = Grid.of(Math.ceilDiv(n, 16), Math.ceilDiv(m, 16), 1, 256).tile(16, 16);
    Grid shared = Grid.of(Math.ceilDiv(n, 32), Math.ceilDiv(m, 32), 1, 1024).tile(32, 32);
    Grid registers = Grid.of(Math.ceilDiv(n, 64), Math.ceilDiv(m, 64), 1, 256);
    float[] rounded = matmul("matmul_tf32", "lab_matmul_tf32", registers, a, b, m, n, k);
    for (int i = 0; i < want.length; i++) {
      // two factors of below 1, each wrong by 2^−11 of itself
      assertThat((double) rounded[i]).isCloseTo(want[i], within(k * 2.01 * 0x1p-11));
    }
    assertClose(matmul("lab_matmul_naive_f32", naive, a, b, m, n, k), want, k);
    assertClose(matmul("lab_matmul_shared_f32", shared, a, b, m, n, k), want, k);
    assertClose(matmul("lab_matmul_registers_f32", registers, a, b, m, n, k), want, k);
  }

  /** Both sum K sixteen at a time, so that each bit must agree. */
  @Test
  void theMatmulThroughWmmaIsTheEngines() {
    int m = 129;
    int n = 130;
    int k = 72; // whole eights
    CudaRounding rounding = new CudaRounding(cuda);
    try (CudaBuffer left = upload(draws(m * k));
        CudaBuffer right = upload(draws(n * k));
        CudaBuffer a = rounding.round(new Matrix(left.pointer(), k, false), m, k);
        CudaBuffer b = rounding.round(new Matrix(right.pointer(), k, false), n, k);
        CudaBuffer out = cuda.scratch(4L * m * n);
        CudaBuffer want = cuda.scratch(4L * m * n)) {
      Grid grid = Grid.of(Math.ceilDiv(n, 128), Math.ceilDiv(m, 128), 1, 128);
      launch(
          "matmul_wmma_bf16",
          "lab_matmul_wmma_bf16",
          grid,
          arguments -> {
            arguments.pointer(a.pointer());
            arguments.pointer(b.pointer());
            arguments.pointer(out.pointer());
            arguments.integer(m);
            arguments.integer(n);
            arguments.integer(k);
          });
      new TiledMatmul(cuda)
          .multiply(
              Product.of(Layout.NT, m, n, k),
              CudaRounding.matrix(a, k),
              CudaRounding.matrix(b, k),
              new DevicePointer(),
              false,
              want.pointer());
      assertThat(floats(out)).containsExactly(floats(want));
    }
  }

  private float[] matmul(String name, Grid grid, float[] a, float[] b, int m, int n, int k) {
    return matmul("matmul_steps", name, grid, a, b, m, n, k);
  }

  private float[] matmul(
      String module, String name, Grid grid, float[] a, float[] b, int m, int n, int k) {
    try (CudaBuffer left = upload(a);
        CudaBuffer right = upload(b);
        CudaBuffer out = cuda.scratch(4L * m * n)) {
      launch(
          module,
          name,
          grid,
          arguments -> {
            arguments.pointer(left.pointer());
            arguments.pointer(right.pointer());
            arguments.pointer(out.pointer());
            arguments.integer(m);
            arguments.integer(n);
            arguments.integer(k);
          });
      return floats(out);
    }
  }

  /** Sums of {@code terms} products of numbers below 1. */
  private static void assertClose(float[] got, double[] want, int terms) {
    for (int i = 0; i < want.length; i++) {
      assertThat((double) got[i]).isCloseTo(want[i], within((terms + 3) * terms * 0x1p-24));
    }
  }

  // ---- attention ----------------------------------------------------------------------------

  @Test
  void everyAttentionMixesWhatIsSeen() {
    checkAttention(2, 9, 2, 8);
    checkAttention(1, 40, 1, 33);
  }

  private void checkAttention(int batch, int time, int heads, int size) {
    float[] qkv = draws(batch * time * 3 * heads * size);
    double[] want = attention(qkv, batch, time, heads, size);
    float scale = (float) (1 / Math.sqrt(size));
    try (CudaBuffer x = upload(qkv);
        CudaBuffer scores = cuda.scratch(4L * batch * heads * time * time);
        CudaBuffer out = cuda.scratch(4L * want.length);
        CudaBuffer online = cuda.scratch(4L * want.length)) {
      matrixSteps(x, scores, out, new int[] {time, heads, size}, batch * heads, scale);
      Grid warps = Grid.of(Math.ceilDiv(time, 8), batch * heads, 1, 256);
      launch(
          "attention_steps",
          "lab_attention_online_f32",
          warps,
          arguments -> {
            arguments.pointer(x.pointer());
            arguments.pointer(online.pointer());
            arguments.integer(time);
            arguments.integer(heads);
            arguments.integer(size);
            arguments.real(scale);
          });
      // weights sum to 1 and values are below 1: what is lost is the scores' and the sums' rounding
      assertClose(floats(out), want, size + time);
      assertClose(floats(online), want, size + time);
    }
  }

  private void matrixSteps(
      CudaBuffer x, CudaBuffer scores, CudaBuffer out, int[] shape, int rows, float scale) {
    int time = shape[0];
    launch(
        "attention_steps",
        "lab_attention_scores_f32",
        Grid.of(Math.ceilDiv(time, 256), time, rows, 256),
        arguments -> {
          arguments.pointer(x.pointer());
          arguments.pointer(scores.pointer());
          Arrays.stream(shape).forEach(arguments::integer);
          arguments.real(scale);
        });
    launch(
        "attention_steps",
        "lab_attention_softmax_f32",
        Grid.of(time, rows, 1, 256),
        arguments -> {
          arguments.pointer(scores.pointer());
          arguments.integer(time);
        });
    launch(
        "attention_steps",
        "lab_attention_mix_f32",
        Grid.of(Math.ceilDiv(shape[2], 32), time, rows, 32),
        arguments -> {
          arguments.pointer(x.pointer());
          arguments.pointer(scores.pointer());
          arguments.pointer(out.pointer());
          Arrays.stream(shape).forEach(arguments::integer);
        });
  }

  private static double[] attention(float[] qkv, int batch, int time, int heads, int size) {
    int width = heads * size;
    double[] out = new double[batch * time * width];
    for (int row = 0; row < batch * time; row++) {
      for (int head = 0; head < width; head += size) {
        int first = row / time * time;
        double[] weights = new double[row - first + 1];
        double sum = 0;
        for (int u = 0; u < weights.length; u++) {
          double score = 0;
          for (int d = head; d < head + size; d++) {
            score += (double) qkv[row * 3 * width + d] * qkv[((first + u) * 3 + 1) * width + d];
          }
          weights[u] = Math.exp(score / Math.sqrt(size));
          sum += weights[u];
        }
        for (int u = 0; u < weights.length; u++) {
          for (int d = head; d < head + size; d++) {
            out[row * width + d] += weights[u] / sum * qkv[((first + u) * 3 + 2) * width + d];
          }
        }
      }
    }
    return out;
  }

  // ---- dispatch -----------------------------------------------------------------------------

  @Test
  void everySortIsStableAndEveryCopyFollowsIt() {
    int tokens = 67;
    int k = 2;
    int awake = 5;
    int width = 7;
    int[] experts =
        random.ints((long) tokens * k, 0, awake - 1).toArray(); // the last one gets nothing
    int[] offsets = new int[awake + 1];
    int[] order = new int[experts.length];
    int row = 0;
    for (int e = 0; e < awake; e++) {
      for (int slot = 0; slot < experts.length; slot++) {
        if (experts[slot] == e) {
          order[row++] = slot;
        }
      }
      offsets[e + 1] = row;
    }
    checkSort("lab_sort_scan_i32", Grid.of(1, awake), experts, offsets, order);
    checkSort("lab_sort_ballot_i32", Grid.of(awake, 32), experts, offsets, order);
    checkCopy(order, draws(tokens * width), k, width);
  }

  private void checkSort(String name, Grid grid, int[] experts, int[] offsets, int[] order) {
    try (CudaBuffer keys = upload(experts);
        CudaBuffer bounds = cuda.scratch(4L * offsets.length);
        CudaBuffer rows = cuda.scratch(4L * order.length)) {
      launch(
          "dispatch_steps",
          name,
          grid,
          arguments -> {
            arguments.pointer(keys.pointer());
            arguments.pointer(bounds.pointer());
            arguments.pointer(rows.pointer());
            arguments.integer(experts.length);
            arguments.integer(offsets.length - 1);
          });
      assertThat(integers(bounds)).as(name).containsExactly(offsets);
      assertThat(integers(rows)).as(name).containsExactly(order);
    }
  }

  private void checkCopy(int[] order, float[] x, int k, int width) {
    try (CudaBuffer source = upload(x);
        CudaBuffer rows = upload(order);
        CudaBuffer out = cuda.scratch(4L * order.length * width)) {
      launch(
          "dispatch_steps",
          "lab_dispatch_scalar_f32",
          Grid.covering((long) order.length * width, 256),
          arguments -> {
            arguments.pointer(source.pointer());
            arguments.pointer(rows.pointer());
            arguments.pointer(out.pointer());
            arguments.integer(order.length);
            arguments.integer(k);
            arguments.integer(width);
          });
      float[] got = floats(out);
      for (int i = 0; i < got.length; i++) {
        assertThat(got[i]).isEqualTo(x[order[i / width] / k * width + i % width]);
      }
    }
  }
}
