package io.ghostmoe;

import io.ghostmoe.checkpoint.CheckpointStore;
import io.ghostmoe.checkpoint.TrainState;
import io.ghostmoe.checkpoint.TrainingCheckpoint;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.SharedData;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.data.batch.BatchPosition;
import io.ghostmoe.data.batch.EvaluationBatches;
import io.ghostmoe.data.batch.TrainingBatches;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.RoutingPlan;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.train.Evaluator;
import io.ghostmoe.train.GhostLifecycle;
import io.ghostmoe.train.TrainingStep;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The run of 240 steps on GSM8K that the log compares with PyTorch, step by step. */
final class Gsm8kRun implements AutoCloseable {
  private static final int EVALUATION_WINDOWS = 64;

  final Transformer model;
  final TrainingStep step;
  private final AdamW optimizer;
  private final Backend backend;
  private final TrainingBatches batches;
  private final List<Batch> evaluation = new ArrayList<>();

  Gsm8kRun(TrainSettings settings, GhostConfig ghosts, PreparedDataset data, Backend backend) {
    this.backend = backend;
    long seed = settings.get(RunSettings.SEED);
    var shape = EngineConfig.batches(settings, data.tokenizer());
    batches = new TrainingBatches(data.train(), shape, seed);
    for (Batch batch : new EvaluationBatches(data.eval(), shape)) {
      if (evaluation.size() * batch.rows() < EVALUATION_WINDOWS) {
        evaluation.add(batch);
      }
    }
    model =
        new Transformer(
            EngineConfig.model(settings, data.tokenizer().vocabularySize()), backend, seed, true);
    optimizer = new AdamW(EngineConfig.optimizer(settings), model.registry(), backend);
    step =
        new TrainingStep(
            model,
            optimizer,
            EngineConfig.schedule(settings),
            backend,
            new GhostLifecycle(ghosts, model),
            EngineConfig.real(settings, ModelSettings.BALANCE_RATE),
            seed);
  }

  /** The recipe; what is automatic is worked out. */
  static TrainSettings settings(Path folder, int ghosts, int topK, long seed) {
    return TrainSettings.builder()
        .with(DataSettings.DATASET, SharedData.file("gsm8k/train.jsonl").toString())
        .with(DataSettings.EVAL_FILE, SharedData.file("gsm8k/test.jsonl"))
        .with(DataSettings.CACHE_DIR, folder.resolve("cache"))
        .with(ModelSettings.EMBED_DIM, 64)
        .with(ModelSettings.NUM_LAYERS, 1)
        .with(ModelSettings.NUM_HEADS, 2)
        .with(ModelSettings.TOP_K, topK)
        .with(GhostSettings.NUM_GHOST_EXPERTS, ghosts)
        .with(OptimizationSettings.MAX_STEPS, 240)
        .with(OptimizationSettings.WARMUP_STEPS, 10)
        .with(RunSettings.SEED, seed)
        .build()
        .resolve(570);
  }

  static PreparedDataset data(TrainSettings settings) {
    return GhostMoE.prepare(settings.prepare(), new PrepareListener() {});
  }

  /** The first half of a step, with the next batch. */
  TrainingStep.Gradients gradients(long index) {
    return step.gradients(index, List.of(batches.next()));
  }

  /** The loss on the first windows of the test file, in nats a target. */
  double evaluate() {
    return new Evaluator(model, backend).evaluate(evaluation, () -> false).loss();
  }

  /** The newest ghost's share of the slots in a step, over its target. */
  double relativeShare(TrainingStep.Gradients found) {
    GhostConfig config = step.ghosts().config();
    List<Ghost> awake = step.ghosts().layers().getFirst().awake();
    RoutingPlan plan = RoutingPlan.of(config.primaries(), config.topK(), awake);
    double share = found.statistics().getFirst().load().get(plan.experts() - 1);
    return share / plan.targets()[plan.experts() - 1];
  }

  void save(CheckpointStore store, long steps) {
    BatchPosition place = batches.position();
    TrainingCheckpoint.save(
        store,
        model,
        optimizer,
        backend,
        new TrainState(
            TrainState.VERSION,
            steps,
            0,
            place.epoch(),
            place.batch(),
            0,
            0,
            List.of(),
            null,
            0,
            false,
            "",
            null,
            null,
            TrainingCheckpoint.updates(optimizer),
            step.ghosts().progress()));
  }

  void load(CheckpointStore store) {
    TrainState state =
        TrainingCheckpoint.load(store.latest().orElseThrow(), model, optimizer, backend);
    step.ghosts().resume(state.ghosts());
    batches.seek(new BatchPosition(state.epoch(), state.batch()));
  }

  @Override
  public void close() {
    step.close();
    optimizer.close();
    model.close();
  }
}
