package io.ghostmoe;

import com.sun.management.OperatingSystemMXBean;
import io.ghostmoe.Estimate.Length;
import io.ghostmoe.Estimate.Memory;
import io.ghostmoe.Estimate.Time;
import io.ghostmoe.data.DatasetPreparer;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.batch.BatchSettings;
import io.ghostmoe.data.batch.Cuts;
import io.ghostmoe.data.batch.EvaluationBatches;
import io.ghostmoe.data.batch.TrainingBatches;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import io.ghostmoe.device.Device;
import io.ghostmoe.model.MemoryPlan;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.moe.ghost.GhostConfig;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Works out what a run would take. */
final class Estimator {
  private static final int MOST_ROWS = 1 << 20;

  private final TrainSettings given;
  private final boolean measured;
  private final BooleanSupplier cancelled;

  Estimator(TrainSettings given, boolean measured, BooleanSupplier cancelled) {
    this.given = given;
    this.measured = measured;
    this.cancelled = cancelled;
  }

  Estimate estimate() {
    Optional<PreparedDataset> data =
        new DatasetPreparer(given.get(DataSettings.CACHE_DIR))
            .find(EngineConfig.dataset(given.prepare()));
    if (data.isPresent()) {
      try (PreparedDataset prepared = data.get()) {
        return estimate(prepared.tokenizer(), data);
      }
    }
    try (Tokenizer tokenizer = Tokenizers.open(given.get(DataSettings.TOKENIZER))) {
      return estimate(tokenizer, data);
    }
  }

  private Estimate estimate(Tokenizer tokenizer, Optional<PreparedDataset> data) {
    BatchSettings shape = EngineConfig.batches(given, tokenizer);
    Optional<Long> batches =
        data.map(
            prepared ->
                new TrainingBatches(prepared.train(), shape, given.get(RunSettings.SEED))
                    .batchesPerEpoch());
    TrainSettings settings = resolved(batches);
    ModelConfig model = EngineConfig.model(settings, tokenizer.vocabularySize());
    GhostConfig ghosts = EngineConfig.ghosts(settings);
    Memory memory = memory(model, ghosts, shape.rows());
    Length length = length(settings, shape, batches, data);
    long parameters = MemoryPlan.parameters(model);
    return new Estimate(
        parameters,
        model.activeParameters(parameters, model.layers() * model.experts()),
        MemoryPlan.parameters(model.withExperts(model.experts() + ghosts.ghosts())),
        memory,
        length,
        measured && memory.fits()
            ? Optional.of(time(settings, model, shape, length, data))
            : Optional.empty());
  }

  /** As the run would resolve them; of a run of unknown length, as a long one would. */
  private TrainSettings resolved(Optional<Long> batches) {
    int epochs = given.get(OptimizationSettings.EPOCHS);
    return given.resolve(batches.orElse((long) Integer.MAX_VALUE / epochs));
  }

  private Memory memory(ModelConfig model, GhostConfig ghosts, int rows) {
    boolean begun = given.find(ModelSettings.INIT_FROM).isPresent(); // ghosts may be awake already
    int awake = EngineConfig.ghostsToHold(ghosts, begun ? ghosts.ghosts() : 0);
    int microBatches = given.get(OptimizationSettings.GRAD_ACCUMULATION);
    boolean recomputes = given.get(RunSettings.ACTIVATION_CHECKPOINTING);
    MemoryPlan plan = MemoryPlan.of(model, awake, rows, microBatches, recomputes);
    long parameters = MemoryPlan.parameters(model.withExperts(model.experts() + awake));
    long available = Runtime.getRuntime().maxMemory();
    return new Memory(
        plan.parameterBytes() - 12 * parameters,
        4 * parameters,
        8 * parameters,
        plan.activationBytes(),
        plan.workspaceBytes(),
        available,
        machineBytes(),
        largestBatchSize(model, awake, microBatches, recomputes, available));
  }

  private static long machineBytes() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  /** Memory grows with the rows, so the largest number is found by halving. */
  static int largestBatchSize(
      ModelConfig model, int ghosts, int microBatches, boolean recomputes, long available) {
    int fits = 0;
    int tooMany = MOST_ROWS + 1;
    while (tooMany - fits > 1) {
      int rows = fits + (tooMany - fits) / 2;
      if (fits(model, ghosts, rows, microBatches, recomputes, available)) {
        fits = rows;
      } else {
        tooMany = rows;
      }
    }
    return fits;
  }

  /** A tensor has at most 2³¹ − 1 elements; the largest are those of the slots and of attention. */
  private static boolean fits(
      ModelConfig model,
      int ghosts,
      int rows,
      int microBatches,
      boolean recomputes,
      long available) {
    double tokens = (double) rows * model.length();
    double slots = tokens * model.topK() * Math.max(model.hidden(), model.width());
    double largest =
        Math.max(slots, tokens * Math.max(3 * model.width(), model.experts() + ghosts));
    return largest <= Integer.MAX_VALUE
        && MemoryPlan.of(model, ghosts, rows, microBatches, recomputes).totalBytes() <= available;
  }

  private Length length(
      TrainSettings settings,
      BatchSettings shape,
      Optional<Long> batches,
      Optional<PreparedDataset> data) {
    long accumulation = settings.get(OptimizationSettings.GRAD_ACCUMULATION);
    boolean known = batches.isPresent() || given.find(OptimizationSettings.MAX_STEPS).isPresent();
    long maxSteps = settings.get(OptimizationSettings.MAX_STEPS);
    Optional<Double> epochs = batches.map(count -> maxSteps * accumulation / (double) count);
    Optional<Long> tokens =
        data.map(
            prepared -> {
              long cut = Cuts.of(prepared.train(), shape).targets();
              long epoch = prepared.train().tokens() + prepared.train().documents() - cut;
              return Math.round(epochs.orElseThrow() * epoch);
            });
    return new Length(
        known ? Optional.of(maxSteps) : Optional.empty(),
        batches,
        epochs,
        tokens,
        accumulation * shape.rows() * shape.length());
  }

  private Time time(
      TrainSettings settings,
      ModelConfig model,
      BatchSettings shape,
      Length length,
      Optional<PreparedDataset> data) {
    int threads =
        given.find(RunSettings.THREADS).orElse(Runtime.getRuntime().availableProcessors());
    try (Device device = EngineConfig.device(given, threads)) {
      StepMeasurement.Result found =
          new StepMeasurement(
                  settings, model, device.backend(), shape, data, cancelled, System::nanoTime)
              .run();
      Optional<Double> evaluation =
          data.map(
              prepared ->
                  found.evaluationBatchSeconds()
                      * new EvaluationBatches(prepared.eval(), shape).batches());
      long every = settings.get(RunSettings.EVAL_EVERY);
      return new Time(
          found.stepSeconds(),
          length.steps().map(steps -> steps * found.stepSeconds()),
          length.steps().map(steps -> Math.ceilDiv(steps, every)).orElse(0L),
          evaluation,
          new Estimate.Measurement(device.reason(), found.steps(), found.rows(), data.isPresent()));
    }
  }
}
