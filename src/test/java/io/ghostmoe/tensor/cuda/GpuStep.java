package io.ghostmoe.tensor.cuda;

import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.optim.AdamWConfig;
import io.ghostmoe.optim.Schedule;
import io.ghostmoe.train.GhostLifecycle;
import io.ghostmoe.train.TrainingStep;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whole training steps on the GPU: how long they take, and which kernels take it. */
final class GpuStep {
  private static final int WARM_UP = 3;
  private static final int MOST_STEPS = 50;
  private static final double MOST_SECONDS = 3;
  private static final int SHOWN_KERNELS = 40;

  private GpuStep() {}

  /**
   * {@return what was measured, for the report}
   *
   * @param cublas for large dense matrices
   */
  static Map<String, Object> measure(
      Gpu gpu, GpuWorkload workload, Precision precision, CublasSearch cublas) {
    long started = System.nanoTime();
    try (CudaBackend backend = CudaBackend.on(gpu, precision, cublas);
        Transformer model = new Transformer(workload.model(), backend, 1, true);
        AdamW optimizer =
            new AdamW(new AdamWConfig(.9f, .95f, 1e-8f, .1f, 1), model.registry(), backend);
        TrainingStep step =
            new TrainingStep(
                model,
                optimizer,
                new Schedule.Constant(1e-4, 0, Integer.MAX_VALUE),
                backend,
                new GhostLifecycle(noGhosts(workload), model),
                1e-3f,
                1)) {
      List<Batch> batches = List.of(workload.batch());
      backend.await();
      double buildSeconds = since(started);
      long index = 0;
      double firstLoss = 0;
      for (int i = 0; i < WARM_UP; i++) {
        double loss = train(step, index++, batches);
        firstLoss = i == 0 ? loss : firstLoss;
      }
      backend.await();
      double warmUp = since(started) - buildSeconds;
      List<Double> times = new ArrayList<>();
      double loss = 0;
      long from = System.nanoTime();
      while (times.size() < MOST_STEPS && (times.size() < 3 || since(from) < MOST_SECONDS)) {
        long begin = System.nanoTime();
        loss = train(step, index++, batches);
        backend.await();
        times.add(since(begin));
      }
      double median = times.stream().sorted().toList().get(times.size() / 2);
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("workload", workload.name());
      result.put("precision", precision.name());
      result.put("device", backend.description());
      result.put("parameters", model.registry().count());
      result.put("steps", times.size());
      result.put("median_ms", median * 1e3);
      result.put("least_ms", times.stream().min(Comparator.naturalOrder()).orElseThrow() * 1e3);
      result.put("tokens_per_second", workload.tokens() / median);
      result.put("model_tflops", workload.stepFlops() / median * 1e-12);
      result.put("first_loss", firstLoss);
      result.put("last_loss", loss);
      result.put("device_gib", backend.heldBytes() / (double) (1L << 30));
      result.put("build_seconds", buildSeconds);
      result.put("warm_up_seconds", warmUp);
      long at = index;
      Map<String, LaunchTimes.Total> kernels = backend.timed(() -> train(step, at, batches));
      result.put("launches", kernels.values().stream().mapToInt(LaunchTimes.Total::launches).sum());
      result.put(
          "kernel_ms",
          1e3 * kernels.values().stream().mapToDouble(LaunchTimes.Total::seconds).sum());
      result.put("kernels", slowest(kernels));
      return result;
    }
  }

  private static double train(TrainingStep step, long index, List<Batch> batches) {
    TrainingStep.Gradients gradients = step.gradients(index, batches);
    step.update(gradients);
    return gradients.loss();
  }

  private static double since(long begin) {
    return (System.nanoTime() - begin) * 1e-9;
  }

  /** By kernel: launches and milliseconds of one step, the slowest first. */
  private static Map<String, Object> slowest(Map<String, LaunchTimes.Total> kernels) {
    Map<String, Object> shown = new LinkedHashMap<>();
    kernels.entrySet().stream()
        .sorted(Comparator.comparingDouble(entry -> -entry.getValue().seconds()))
        .limit(SHOWN_KERNELS)
        .forEach(
            entry ->
                shown.put(
                    entry.getKey(),
                    Map.of(
                        "launches",
                        entry.getValue().launches(),
                        "ms",
                        entry.getValue().seconds() * 1e3)));
    return shown;
  }

  private static GhostConfig noGhosts(GpuWorkload workload) {
    return new GhostConfig(
        workload.experts,
        0,
        workload.topK,
        new GhostTrigger.Never(),
        .75,
        GhostConfig.Schedule.GRADUAL,
        10,
        GhostConfig.Coupling.REWARM,
        1e-3,
        GhostConfig.Init.CLONE,
        10,
        20,
        0,
        Integer.MAX_VALUE);
  }
}
