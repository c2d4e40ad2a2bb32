package io.ghostmoe;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.data.batch.BatchSettings;
import io.ghostmoe.data.batch.TrainingBatches;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.train.Evaluator;
import io.ghostmoe.train.TrainingStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Runs the actual step of a run for some seconds, on its own batches where they are prepared, else
 * on random tokens. Where a micro-batch would take too long, two smaller ones are measured and a
 * line is laid through them: the step's time is a constant (the optimizer's) and a part a row.
 */
final class StepMeasurement {
  /** For each look at how many rows can be afforded, during which the compiler works. */
  private static final double LOOK_SECONDS = 1.5;

  private static final int LOOKS = 3;

  private static final double MEASURED_SECONDS = 4;

  private static final double EVALUATION_SECONDS = 1;

  /** A micro-batch of the measurement may take so long. */
  private static final double MOST_SECONDS = 1.5;

  private final TrainSettings settings;
  private final ModelConfig config;
  private final Backend backend;
  private final BatchSettings shape;
  private final Optional<PreparedDataset> data;
  private final BooleanSupplier cancelled;
  private final LongSupplier nanoTime;

  /**
   * What was found.
   *
   * @param stepSeconds of one optimizer step of the run
   * @param evaluationBatchSeconds of one batch of an evaluation
   * @param steps that counted
   * @param rows of their micro-batches
   */
  record Result(double stepSeconds, double evaluationBatchSeconds, int steps, int rows) {}

  /** The two halves of a step, in seconds: gradients of one micro-batch, and the update. */
  private record Halves(double gradients, double update, int steps) {}

  StepMeasurement(
      TrainSettings settings,
      ModelConfig config,
      Backend backend,
      BatchSettings shape,
      Optional<PreparedDataset> data,
      BooleanSupplier cancelled,
      LongSupplier nanoTime) {
    this.settings = settings;
    this.config = config;
    this.backend = backend;
    this.shape = shape;
    this.data = data;
    this.cancelled = cancelled;
    this.nanoTime = nanoTime;
  }

  Result run() {
    long seed = settings.get(RunSettings.SEED);
    try (Transformer model = new Transformer(config, backend, seed, true);
        AdamW optimizer = new AdamW(EngineConfig.optimizer(settings), model.registry(), backend)) {
      int rows = affordableRows(model, optimizer);
      Halves found = measure(model, optimizer, rows, 2, MEASURED_SECONDS);
      double gradients = found.gradients;
      if (rows == 1) {
        gradients *= shape.rows();
      } else if (rows < shape.rows()) {
        int fewer = rows / 2;
        Halves less = measure(model, optimizer, fewer, 2, MEASURED_SECONDS / 2);
        gradients = extrapolated(fewer, less.gradients, rows, found.gradients);
      }
      int accumulation = settings.get(OptimizationSettings.GRAD_ACCUMULATION);
      return new Result(
          accumulation * gradients + found.update,
          evaluationSeconds(model, rows) * shape.rows() / rows,
          found.steps,
          rows);
    }
  }

  /**
   * As many of the run's rows as a micro-batch can have in the time; cold code is looked at anew,
   * and the first step of all, which is interpreted and initialises classes, says nothing.
   */
  private int affordableRows(Transformer model, AdamW optimizer) {
    int rows = 1;
    var _ = measure(model, optimizer, rows, 1, 0);
    for (int look = 0; look < LOOKS; look++) {
      double seconds = measure(model, optimizer, rows, 1, LOOK_SECONDS).gradients;
      if (seconds > MOST_SECONDS) {
        return rows; // a second look would take as long
      }
      rows = (int) Math.clamp(MOST_SECONDS / seconds * rows, rows, shape.rows());
    }
    return rows;
  }

  private double extrapolated(int fewer, double less, int rows, double more) {
    double aRow = Math.max(0, (more - less) / (rows - fewer));
    return more + aRow * (shape.rows() - rows);
  }

  /** The median of the steps that the time allows, of so many at least. */
  private Halves measure(Transformer model, AdamW optimizer, int rows, int fewest, double seconds) {
    try (TrainingStep step = step(model, optimizer)) {
      List<double[]> times = time(step, batches(rows), fewest, seconds);
      return new Halves(median(times, 0), median(times, 1), times.size());
    }
  }

  private TrainingStep step(Transformer model, AdamW optimizer) {
    return EngineConfig.step(
        settings, model, optimizer, backend, asleep(EngineConfig.ghosts(settings)));
  }

  /** No ghost may wake: a wake belongs to a run. */
  private static GhostConfig asleep(GhostConfig ghosts) {
    return new GhostConfig(
        ghosts.primaries(),
        0,
        ghosts.topK(),
        new GhostTrigger.Never(),
        ghosts.threshold(),
        ghosts.schedule(),
        ghosts.rampSteps(),
        ghosts.coupling(),
        ghosts.learningRate(),
        ghosts.init(),
        ghosts.window(),
        ghosts.cooldownSteps(),
        ghosts.warmupSteps(),
        ghosts.maxSteps());
  }

  private List<double[]> time(
      TrainingStep step, Supplier<Batch> batches, int fewest, double seconds) {
    List<double[]> times = new ArrayList<>();
    long begin = nanoTime.getAsLong();
    while (times.size() < fewest || (nanoTime.getAsLong() - begin) * 1e-9 < seconds) {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("estimate was cancelled");
      }
      long start = nanoTime.getAsLong();
      TrainingStep.Gradients gradients = step.gradients(0, List.of(batches.get()));
      long middle = nanoTime.getAsLong();
      step.update(gradients);
      long end = nanoTime.getAsLong();
      times.add(new double[] {(middle - start) * 1e-9, (end - middle) * 1e-9});
    }
    return times;
  }

  private static double median(List<double[]> times, int half) {
    double[] sorted = times.stream().mapToDouble(both -> both[half]).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private double evaluationSeconds(Transformer model, int rows) {
    Evaluator evaluator = new Evaluator(model, backend);
    Supplier<Batch> batches = batches(rows);
    List<double[]> times = new ArrayList<>();
    long begin = nanoTime.getAsLong();
    while (times.isEmpty() || (nanoTime.getAsLong() - begin) * 1e-9 < EVALUATION_SECONDS) {
      List<Batch> batch = List.of(batches.get());
      long start = nanoTime.getAsLong();
      var _ = evaluator.evaluate(batch, cancelled);
      times.add(new double[] {(nanoTime.getAsLong() - start) * 1e-9});
    }
    return median(times, 0);
  }

  /** Batches in which something is scored. */
  private Supplier<Batch> batches(int rows) {
    if (data.isEmpty()) {
      Batch random = random(rows);
      return () -> random;
    }
    BatchSettings smaller =
        new BatchSettings(
            shape.batching(), shape.lossOn(), rows, shape.length(), shape.endOfText());
    TrainingBatches own =
        new TrainingBatches(data.get().train(), smaller, settings.get(RunSettings.SEED));
    return () -> {
      for (long tries = 0; tries <= own.batchesPerEpoch(); tries++) {
        Batch batch = own.next();
        if (batch.scoredTargets() > 0) {
          return batch;
        }
      }
      return random(rows); // the run itself will say that nothing is scored
    };
  }

  private Batch random(int rows) {
    int size = rows * shape.length();
    long key = CounterRandom.key(settings.get(RunSettings.SEED), "estimate");
    int[] inputs = new int[size];
    int[] targets = new int[size];
    int[] positions = new int[size];
    for (int i = 0; i < size; i++) {
      inputs[i] = CounterRandom.below(key, 2L * i, config.vocabulary());
      targets[i] = CounterRandom.below(key, 2L * i + 1, config.vocabulary());
      positions[i] = i % shape.length();
    }
    return new Batch(
        rows, shape.length(), inputs, targets, new int[size], positions, size, size, size);
  }
}
