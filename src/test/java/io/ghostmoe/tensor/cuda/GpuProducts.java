package io.ghostmoe.tensor.cuda;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.tensor.cuda.CudaMatmul.Layout;
import io.ghostmoe.tensor.cuda.CudaMatmul.Matrix;
import io.ghostmoe.tensor.cuda.CudaMatmul.Product;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Products by our kernels and by cuBLAS side by side, of a cube and of the workloads' shapes. */
final class GpuProducts {
  private static final double MOST_SECONDS = 0.05;
  private static final int LEAST_REPETITIONS = 3;
  private static final int MOST_REPETITIONS = 50;

  private final CudaContext cuda;
  private final CudaRounding rounding;
  private final Map<String, MatmulEngine> engines = new LinkedHashMap<>();
  private final List<Map<String, Object>> rows = new ArrayList<>();

  private GpuProducts(CudaContext cuda) {
    this.cuda = cuda;
    rounding = new CudaRounding(cuda);
    engines.put("own", new TiledMatmul(cuda));
    CublasMatmul cublas = CublasSearch.ofProcess().forAll().open(cuda).engine();
    if (cublas != null) {
      engines.put("cublas", cublas);
    }
  }

  /** {@return a row for each product: TFLOP/s of each engine, in each precision} */
  static List<Map<String, Object>> measure(Gpu gpu) {
    try (CudaContext cuda = new CudaContext(gpu, CudaMemory.Reuse.POOLED)) {
      GpuProducts products = new GpuProducts(cuda);
      if (CudaFixture.isEmulated()) {
        products.workload("tiny", 16, 40, 16, 71);
        return products.rows;
      }
      products.layouts("cube", 4096, 4096, 4096);
      products.workload("w0", 1024, 96, 32, 50_257);
      products.workload("w1", 2048, 768, 256, 50_257);
      products.workload("gpt2", 8192, 2304, 768, 50_257);
      return products.rows;
    }
  }

  /** The first layer of attention and 256 rows of the head, forward and backward. */
  private void workload(String name, int tokens, int outputs, int width, int vocabulary) {
    layouts(name + " qkv", tokens, outputs, width);
    layouts(name + " head", 256, vocabulary, width);
  }

  private void layouts(String name, int rows, int outputs, int inputs) {
    row(name, Product.of(Layout.NT, rows, outputs, inputs));
    row(name, Product.of(Layout.NN, rows, inputs, outputs));
    row(name, Product.of(Layout.TN, outputs, inputs, rows));
  }

  private void row(String name, Product p) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("product", name + " " + p.layout());
    row.put("m", p.m());
    row.put("n", p.n());
    row.put("k", p.k());
    int aRows = p.layout() == Layout.TN ? p.k() : p.m();
    int aWidth = p.layout() == Layout.TN ? p.m() : p.k();
    int bRows = p.layout() == Layout.NT ? p.n() : p.k();
    int bWidth = p.layout() == Layout.NT ? p.k() : p.n();
    try (CudaBuffer left = floats(aRows * aWidth);
        CudaBuffer right = floats(bRows * bWidth);
        CudaBuffer c = cuda.scratch(4L * p.m() * p.n())) {
      Matrix a = new Matrix(left.pointer(), aWidth, false);
      Matrix b = new Matrix(right.pointer(), bWidth, false);
      time(row, "fp32", p, a, b, c);
      try (CudaBuffer a16 = rounding.round(a, aRows, aWidth);
          CudaBuffer b16 = rounding.round(b, bRows, bWidth)) {
        Matrix x = CudaRounding.matrix(a16, aWidth);
        Matrix y = CudaRounding.matrix(b16, bWidth);
        time(row, "bf16", p, x, y, c);
      }
    }
    rows.add(row);
  }

  /** Draws that repeat: they are dear, and equal ones would spare the device power. */
  private CudaBuffer floats(int count) {
    float[] values = new float[count];
    int period = Math.min(count, 1 << 16);
    for (int i = 0; i < period; i++) {
      values[i] = CounterRandom.uniform(count, i) - 0.5f;
    }
    for (int i = period; i < count; i += period) {
      System.arraycopy(values, 0, values, i, Math.min(period, count - i));
    }
    CudaBuffer buffer = cuda.scratch(4L * count);
    cuda.staging().write(values, buffer.pointer());
    return buffer;
  }

  private void time(
      Map<String, Object> row, String precision, Product p, Matrix a, Matrix b, CudaBuffer c) {
    DevicePointer none = new DevicePointer();
    engines.forEach(
        (name, engine) -> {
          Runnable once = () -> engine.multiply(p, a, b, none, false, c.pointer());
          seconds(1, once); // loads the kernel
          double rough = seconds(1, once);
          int times = (int) Math.clamp(MOST_SECONDS / rough, LEAST_REPETITIONS, MOST_REPETITIONS);
          double flops = 2.0 * p.m() * p.n() * p.k();
          row.put(precision + " " + name, flops * times / seconds(times, once) * 1e-12);
        });
  }

  private double seconds(int times, Runnable work) {
    cuda.staging().await("waiting for what came before");
    long begin = System.nanoTime();
    for (int i = 0; i < times; i++) {
      work.run();
    }
    cuda.staging().await("waiting for the products");
    return (System.nanoTime() - begin) * 1e-9;
  }
}
