package io.ghostmoe.bench;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.optim.AdamWConfig;
import io.ghostmoe.optim.Schedule;
import io.ghostmoe.train.GhostLifecycle;
import io.ghostmoe.train.TrainingStep;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A whole training step: forward, backward, clipping, AdamW, balance. Peak memory is the run's own.
 */
public class StepBenchmark extends OperationBenchmark {
  private Transformer model;
  private AdamW optimizer;
  private TrainingStep step;
  private Batch batch;
  private long index;

  @Setup(Level.Trial)
  public void build(Operands operands) {
    Workload w = operands.workload;
    model = new Transformer(w.model(), operands.backend, 1, true);
    optimizer =
        new AdamW(new AdamWConfig(.9f, .95f, 1e-8f, .1f, 1), model.registry(), operands.backend);
    step =
        new TrainingStep(
            model,
            optimizer,
            new Schedule.Constant(1e-4, 0, Integer.MAX_VALUE),
            operands.backend,
            new GhostLifecycle(noGhosts(w), model),
            1e-3f,
            1);
    batch = batch(w);
  }

  @TearDown(Level.Trial)
  public void close() {
    optimizer.close();
    model.close();
  }

  private static GhostConfig noGhosts(Workload w) {
    return new GhostConfig(
        w.experts,
        0,
        w.topK,
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

  /** Windows of one document each, every target scored. */
  private static Batch batch(Workload w) {
    int[] inputs = new int[w.tokens()];
    int[] targets = new int[w.tokens()];
    int[] positions = new int[w.tokens()];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = CounterRandom.below(1, i, Workload.VOCABULARY);
      targets[i] = CounterRandom.below(2, i, Workload.VOCABULARY);
      positions[i] = i % w.length;
    }
    int[] segments = new int[w.tokens()];
    return new Batch(
        w.rows, w.length, inputs, targets, segments, positions, w.tokens(), w.tokens(), w.tokens());
  }

  @Benchmark
  public double train() {
    TrainingStep.Gradients gradients = step.gradients(index++, List.of(batch));
    step.update(gradients);
    return gradients.loss();
  }
}
