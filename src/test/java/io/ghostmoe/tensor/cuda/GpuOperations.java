package io.ghostmoe.tensor.cuda;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Each operation at the sizes of a workload: its time on the device, and that of the roofline,
 * which is the larger of the bytes it must move over the copy's bandwidth and of its operations
 * over the peak.
 */
final class GpuOperations {
  private static final int LEAST_REPETITIONS = 3;
  private static final int MOST_REPETITIONS = 30;
  private static final double MOST_SECONDS = 0.25;

  private final CudaBackend backend;
  private final GpuWorkload w;
  private final GpuPeaks peaks;
  private final List<Map<String, Object>> rows = new ArrayList<>();
  private final List<Tensor> taken = new ArrayList<>();
  private final int n;
  private final int c;

  private GpuOperations(CudaBackend backend, GpuWorkload workload, GpuPeaks peaks) {
    this.backend = backend;
    this.w = workload;
    this.peaks = peaks;
    n = workload.tokens();
    c = workload.width;
  }

  /** {@return a row for each operation} */
  static List<Map<String, Object>> measure(CudaBackend backend, GpuWorkload w, GpuPeaks peaks) {
    GpuOperations operations = new GpuOperations(backend, w, peaks);
    operations.elementwise();
    operations.dense();
    operations.rows();
    operations.attention();
    operations.experts();
    operations.loss();
    operations.optimizer();
    return operations.rows;
  }

  private Tensor floats(int... dims) {
    Tensor tensor = backend.allocate(DType.F32, dims);
    float[] values = new float[tensor.elements()];
    long key = taken.size();
    int period = Math.min(values.length, 1 << 16); // draws are dear, and kernels do not care
    for (int i = 0; i < period; i++) {
      values[i] = 0.2f * (CounterRandom.uniform(key, i) - 0.5f);
    }
    for (int i = period; i < values.length; i += period) {
      System.arraycopy(values, 0, values, i, Math.min(period, values.length - i));
    }
    backend.write(values, tensor);
    taken.add(tensor);
    return tensor;
  }

  private Tensor ints(int[] values, int... dims) {
    Tensor tensor = backend.allocate(DType.I32, dims);
    backend.write(values, tensor);
    taken.add(tensor);
    return tensor;
  }

  private Tensor below(int bound, int... dims) {
    int[] values = new int[Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
    Arrays.setAll(values, i -> CounterRandom.below(taken.size(), i, bound));
    return ints(values, dims);
  }

  private void free() {
    taken.forEach(backend::release);
    taken.clear();
  }

  /** Runs an operation some times and writes down how long its kernels took. */
  private void row(String name, double floats, double flops, Runnable operation) {
    try {
      operation.run();
      backend.await();
      long begin = System.nanoTime();
      operation.run();
      backend.await();
      double once = (System.nanoTime() - begin) * 1e-9;
      int repetitions = (int) Math.clamp(MOST_SECONDS / once, LEAST_REPETITIONS, MOST_REPETITIONS);
      Map<String, LaunchTimes.Total> kernels =
          backend.timed(() -> IntStream.range(0, repetitions).forEach(i -> operation.run()));
      double seconds =
          kernels.values().stream().mapToDouble(LaunchTimes.Total::seconds).sum() / repetitions;
      rows.add(row(name, 4 * floats, flops, seconds, once, kernels, repetitions));
    } catch (RuntimeException e) {
      rows.add(Map.of("operation", name, "error", String.valueOf(e.getMessage())));
    }
  }

  private Map<String, Object> row(
      String name,
      double bytes,
      double flops,
      double seconds,
      double once,
      Map<String, LaunchTimes.Total> kernels,
      int repetitions) {
    double roofline = Math.max(bytes / peaks.bytesPerSecond(), flops / peaks.flops());
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("operation", name);
    row.put("kernel_us", seconds * 1e6);
    row.put("with_launches_us", once * 1e6);
    row.put("gb_per_second", bytes / seconds * 1e-9);
    row.put("tflops", flops / seconds * 1e-12);
    row.put("roofline_us", roofline * 1e6);
    row.put("of_roofline", roofline / seconds);
    Map<String, Object> each = new TreeMap<>();
    kernels.forEach((kernel, total) -> each.put(kernel, total.seconds() / repetitions * 1e6));
    row.put("kernels_us", each);
    return row;
  }

  private void elementwise() {
    Tensor x = floats(w.slots(), w.hidden);
    Tensor y = floats(w.slots(), w.hidden);
    Tensor out = floats(w.slots(), w.hidden);
    double e = x.elements();
    row("fill", e, 0, () -> backend.fill(out, 1));
    row("add", 3 * e, e, () -> backend.add(x, y, out));
    row("dropout", 2 * e, e, () -> backend.dropout(x, 0.1f, 7, out));
    row("gelu", 2 * e, 20 * e, () -> backend.gelu(x, out));
    row("geluBackward", 3 * e, 30 * e, () -> backend.geluBackward(x, y, out));
    free();
  }

  private void dense() {
    product("qkv", n, c, 3 * c);
    product("output", n, c, c);
    product("router", n, c, w.experts);
  }

  private void product(String name, int rows, int inputs, int outputs) {
    Tensor x = floats(rows, inputs);
    Tensor weight = floats(outputs, inputs);
    Tensor bias = floats(outputs);
    Tensor out = floats(rows, outputs);
    Tensor dX = floats(rows, inputs);
    double floats = x.elements() + (double) weight.elements() + out.elements();
    double flops = 2.0 * rows * inputs * outputs;
    row("linear " + name, floats, flops, () -> backend.linear(x, weight, bias, out));
    row(
        "linearBackwardInput " + name,
        floats,
        flops,
        () -> backend.linearBackwardInput(out, weight, false, dX));
    row(
        "linearBackwardParameters " + name,
        floats + weight.elements(),
        flops,
        () -> backend.linearBackwardParameters(x, out, weight, bias));
    free();
  }

  private void rows() {
    Tensor x = floats(n, c);
    Tensor out = floats(n, c);
    Tensor dX = floats(n, c);
    Tensor gain = floats(c);
    Tensor bias = floats(c);
    Tensor mean = floats(n);
    Tensor rstd = floats(n);
    double e = x.elements();
    row("layerNorm", 2 * e, 8 * e, () -> backend.layerNorm(x, gain, bias, 1e-5f, out, mean, rstd));
    row(
        "layerNormBackward",
        3 * e,
        14 * e,
        () -> backend.layerNormBackward(x, gain, mean, rstd, out, false, dX, gain, bias));
    Tensor ids = below(w.vocabulary, n);
    Tensor positions = below(w.length, n);
    Tensor tokens = floats(w.vocabulary, c);
    Tensor places = floats(w.length, c);
    row("embedding", 3 * e, e, () -> backend.embedding(ids, positions, tokens, places, out));
    row(
        "embeddingBackward",
        3 * e,
        2 * e,
        () -> backend.embeddingBackward(ids, positions, x, tokens, places));
    free();
  }

  private void attention() {
    Tensor qkv = floats(n, 3 * c);
    Tensor dQkv = floats(n, 3 * c);
    Tensor segments = ints(new int[n], w.rows, w.length);
    Tensor out = floats(n, c);
    Tensor dOut = floats(n, c);
    Tensor lse = floats(w.rows, w.heads, w.length);
    double e = out.elements();
    double flops = 2.0 * n * w.length * c; // two products, half of the matrix
    row("attention", 4 * e, flops, () -> backend.attention(qkv, segments, w.heads, out, lse));
    row(
        "attentionBackward",
        8 * e,
        2.5 * flops,
        () -> backend.attentionBackward(qkv, segments, w.heads, out, lse, dOut, dQkv));
    free();
  }

  private void experts() {
    int s = w.slots();
    int a = w.experts;
    Tensor scores = floats(n, a);
    Tensor bias = floats(a);
    Tensor families = ints(IntStream.range(0, a).toArray(), a);
    Tensor ones = floats(a);
    backend.fill(ones, 1);
    Tensor experts = below(a, n, w.topK);
    Tensor gates = floats(n, w.topK);
    Tensor segments = ints(new int[n], n);
    Tensor offsets = ints(new int[a + 1], a + 1);
    Tensor slotOfRow = ints(new int[s], s);
    Tensor rowOfSlot = ints(new int[s], n, w.topK);
    row(
        "topK",
        scores.elements() + 2.0 * s,
        0,
        () -> backend.topK(scores, bias, families, ones, experts, gates));
    row(
        "sortByExpert",
        4.0 * s,
        0,
        () -> backend.sortByExpert(experts, segments, offsets, slotOfRow, rowOfSlot));
    Tensor x = floats(n, c);
    Tensor y = floats(s, c);
    Tensor dY = floats(s, c);
    Tensor hidden = floats(s, w.hidden);
    double moved = (double) n * c + (double) s * c;
    row("dispatch", moved, 0, () -> backend.dispatch(x, offsets, slotOfRow, y));
    row("dispatchBackward", moved, moved, () -> backend.dispatchBackward(y, rowOfSlot, false, x));
    row("combine", moved, 2.0 * s * c, () -> backend.combine(y, gates, rowOfSlot, x));
    row(
        "combineBackward",
        moved + (double) s * c,
        4.0 * s * c,
        () -> backend.combineBackward(y, gates, rowOfSlot, x, dY, gates));
    List<Tensor> weights = Stream.generate(() -> floats(w.hidden, c)).limit(a).toList();
    List<Tensor> biases = Stream.generate(() -> floats(w.hidden)).limit(a).toList();
    double floats = (double) s * c + (double) s * w.hidden + (double) a * c * w.hidden;
    double flops = 2.0 * s * c * w.hidden;
    row(
        "groupedLinear up",
        floats,
        flops,
        () -> backend.groupedLinear(y, offsets, weights, biases, hidden));
    row(
        "groupedLinearBackwardInput up",
        floats,
        flops,
        () -> backend.groupedLinearBackwardInput(hidden, offsets, weights, dY));
    row(
        "groupedLinearBackwardParameters up",
        floats + (double) a * c * w.hidden,
        flops,
        () -> backend.groupedLinearBackwardParameters(y, hidden, offsets, weights, biases));
    free();
  }

  private void loss() {
    Tensor x = floats(n, c);
    Tensor dX = floats(n, c);
    Tensor weight = floats(w.vocabulary, c);
    Tensor dWeight = floats(w.vocabulary, c);
    Tensor bias = floats(w.vocabulary);
    Tensor dBias = floats(w.vocabulary);
    Tensor targets = below(w.vocabulary, n);
    Tensor losses = floats(n);
    double floats = x.elements() + (double) weight.elements();
    double flops = 2.0 * n * c * w.vocabulary;
    row(
        "linearCrossEntropy",
        floats,
        flops,
        () -> backend.linearCrossEntropy(x, weight, bias, targets, losses));
    row(
        "linearCrossEntropyGradients",
        2 * floats + weight.elements(),
        3 * flops,
        () ->
            backend.linearCrossEntropyGradients(
                x, weight, bias, targets, 1f / n, losses, dX, dWeight, dBias));
    free();
  }

  private void optimizer() {
    Tensor value = floats(w.vocabulary, c);
    Tensor gradient = floats(w.vocabulary, c);
    Tensor m = floats(w.vocabulary, c);
    Tensor v = floats(w.vocabulary, c);
    backend.fill(v, 1);
    Tensor norm = floats(1);
    double e = value.elements();
    Backend.AdamWStep step = new Backend.AdamWStep(1e-3f, .9f, .95f, 1e-8f, .1f, 1, 1);
    row("norm", e, 2 * e, () -> backend.norm(List.of(gradient), norm));
    row(
        "adamW",
        8 * e,
        15 * e,
        () ->
            backend.adamW(
                List.of(step), norm, List.of(value), List.of(gradient), List.of(m), List.of(v)));
    free();
  }
}
