package io.ghostmoe;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.Checkpoint;
import io.ghostmoe.checkpoint.CheckpointStore;
import io.ghostmoe.checkpoint.FileMark;
import io.ghostmoe.checkpoint.TrainState;
import io.ghostmoe.checkpoint.TrainingCheckpoint;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PrepareProgress;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.data.batch.BatchSettings;
import io.ghostmoe.data.batch.EvaluationBatches;
import io.ghostmoe.data.batch.TrainingBatches;
import io.ghostmoe.device.Device;
import io.ghostmoe.model.MemoryPlan;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.train.EvaluationMetrics;
import io.ghostmoe.train.MetricsFile;
import io.ghostmoe.train.MetricsJson;
import io.ghostmoe.train.PeakMemory;
import io.ghostmoe.train.Profile;
import io.ghostmoe.train.RunFolder;
import io.ghostmoe.train.RunIdentity;
import io.ghostmoe.train.RunStart;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TraceWriter;
import io.ghostmoe.train.TrainListener;
import io.ghostmoe.train.TrainPlan;
import io.ghostmoe.train.Trainer;
import io.ghostmoe.train.TrainingStep;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** One run from its settings to its summary, in a folder that is locked. */
final class TrainingRun {
  private static final int FEW_STEPS = 100;

  private final RunFolder folder;
  private final TrainSettings given;
  private final Optional<InitialWeights> initial;
  private final TrainListener listener;
  private final Map<String, Double> seconds = new LinkedHashMap<>();

  /**
   * A run of settings that agree with what it begins with.
   *
   * @param initial weights of another run to start from; empty where it starts anew or is resumed
   */
  TrainingRun(
      RunFolder folder,
      TrainSettings given,
      Optional<InitialWeights> initial,
      TrainListener listener) {
    this.folder = folder;
    this.given = given;
    this.initial = initial;
    this.listener = listener;
    long sinceStart =
        System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
    seconds.put("start", sinceStart * 1e-3);
  }

  RunSummary run() {
    return run(given.get(RunSettings.RESUME) ? Optional.of(latest()) : Optional.empty());
  }

  private Checkpoint latest() {
    CheckpointStore checkpoints = checkpoints();
    checkpoints.removeRemains();
    return checkpoints
        .latest()
        .orElseThrow(
            () ->
                UserException.input(
                    "run %s has no checkpoint to go on from: start it anew with --overwrite."
                        .formatted(folder.path())));
  }

  private CheckpointStore checkpoints() {
    return new CheckpointStore(folder.checkpoints(), given.get(RunSettings.KEEP_CHECKPOINTS));
  }

  private RunSummary run(Optional<Checkpoint> from) {
    int threads =
        given.find(RunSettings.THREADS).orElse(Runtime.getRuntime().availableProcessors());
    try (Device device = EngineConfig.device(given, threads)) {
      listener.onNote("device: " + device.reason());
      if (threads > 1) { // whoever asks for one thread gets no other beside it
        WarmUp.beside(device);
      }
      try (PreparedDataset data = timed("data", this::prepare)) {
        BatchSettings shape = EngineConfig.batches(given, data.tokenizer());
        TrainingBatches train =
            new TrainingBatches(data.train(), shape, given.get(RunSettings.SEED));
        EvaluationBatches eval = new EvaluationBatches(data.eval(), shape);
        TrainSettings settings = pinned(given.resolve(train.batchesPerEpoch()), data);
        ModelConfig config = EngineConfig.model(settings, data.tokenizer().vocabularySize());
        GhostConfig ghosts = EngineConfig.ghosts(settings);
        EngineConfig.requireMemory(
            config,
            ghostsToHold(ghosts),
            shape.rows(),
            settings.get(OptimizationSettings.GRAD_ACCUMULATION),
            settings.get(RunSettings.ACTIVATION_CHECKPOINTING),
            device.memoryBytes(),
            device.isGpu());
        noteShortness(settings);
        noteSleepers(ghosts);
        initial.ifPresent(weights -> listener.onNote(weights.note()));
        requireScored(eval);
        return train(settings, config, device, data, train, eval, from);
      }
    }
  }

  private int ghostsToHold(GhostConfig ghosts) {
    return EngineConfig.ghostsToHold(ghosts, initial.map(InitialWeights::mostAwake).orElse(0));
  }

  private PreparedDataset prepare() {
    return GhostMoE.prepare(
        given.prepare(),
        new PrepareListener() {
          @Override
          public void progress(PrepareProgress progress) {
            listener.onPrepare(progress);
          }

          @Override
          public void note(String line) {
            listener.onNote(line);
          }

          @Override
          public boolean cancelled() {
            return listener.cancelled();
          }
        });
  }

  /** A branch of the Hub may move on; the run, and what goes on with it, stays at its commit. */
  private static TrainSettings pinned(TrainSettings settings, PreparedDataset data) {
    return data.commit()
        .map(commit -> settings.toBuilder().with(DataSettings.REVISION, commit).build())
        .orElse(settings);
  }

  /** Once through a small file is over before anything is learnt. */
  private void noteShortness(TrainSettings settings) {
    int steps = settings.get(OptimizationSettings.MAX_STEPS);
    if (given.find(OptimizationSettings.MAX_STEPS).isEmpty() && steps < FEW_STEPS) {
      listener.onNote(
          "steps: only %d (--epochs %d), seldom enough to learn from: pass --max-steps 1000, or more --epochs"
              .formatted(steps, given.get(OptimizationSettings.EPOCHS)));
    }
  }

  /** Whoever asks for ghosts should know where none can wake. */
  private void noteSleepers(GhostConfig ghosts) {
    boolean controlled = ghosts.trigger() instanceof GhostTrigger.Never;
    boolean asleep = initial.map(InitialWeights::leastAwake).orElse(0) < ghosts.ghosts();
    if (asleep && !ghosts.canWake() && !controlled) {
      listener.onNote(
          "ghosts: none can wake in a run of %,d steps: the first may wake after step %,d, and none after step %,d: raise --max-steps, lower --saturation-monitoring-window or --ghost-ramp-steps, or pass --ghost-trigger step:N"
              .formatted(
                  ghosts.maxSteps(), ghosts.earliestWake(), Math.max(0, ghosts.lastWake() + 1)));
    }
  }

  /** A window can end before every answer begins; an average over nothing is no evaluation. */
  private static void requireScored(EvaluationBatches eval) {
    for (Batch batch : eval) {
      if (batch.scoredTargets() > 0) {
        return;
      }
    }
    throw UserException.input(
        "no batch of the evaluation data has a token to be scored: raise --max-seq-length, or pass"
            + " --loss-on all.");
  }

  /** From here on the folder is this run's, and nobody's before it. */
  private void openFolder(TrainSettings settings) {
    if (given.get(RunSettings.OVERWRITE)) {
      folder.clear();
    }
    // what was asked of this start is not asked of one with the same configuration
    TrainSettings lasting =
        settings.toBuilder()
            .with(RunSettings.OVERWRITE, false)
            .with(RunSettings.RESUME, false)
            .build();
    try {
      AtomicFiles.writeString(folder.config(), lasting.toJson());
    } catch (IOException e) {
      throw unwritable(folder.config(), e);
    }
  }

  private static UserException unwritable(Path file, IOException cause) {
    return UserException.environment(
        "%s cannot be written: %s: free space or mend the permissions."
            .formatted(file, cause.getMessage()),
        cause);
  }

  private RunSummary train(
      TrainSettings settings,
      ModelConfig config,
      Device device,
      PreparedDataset data,
      TrainingBatches train,
      EvaluationBatches eval,
      Optional<Checkpoint> from) {
    Optional<Profile> profile =
        settings.get(RunSettings.PROFILE) ? Optional.of(new Profile()) : Optional.empty();
    Backend backend = profile.map(p -> p.watch(device.backend())).orElse(device.backend());
    long seed = settings.get(RunSettings.SEED);
    try (Transformer model = timed("model", () -> new Transformer(config, backend, seed, true));
        AdamW optimizer = new AdamW(EngineConfig.optimizer(settings), model.registry(), backend);
        TrainingStep step =
            EngineConfig.step(settings, model, optimizer, backend, EngineConfig.ghosts(settings))) {
      Optional<TrainState> state =
          from.map(checkpoint -> TrainingCheckpoint.load(checkpoint, model, optimizer, backend));
      initial.ifPresent(weights -> weights.load(step));
      state.ifPresent(found -> requireContinuable(found, settings, data));
      state.ifPresent(found -> TrainingCheckpoint.completeSave(checkpoints(), found));
      Optional<TraceWriter> trace = trace(settings, model, backend);
      openFolder(settings);
      TrainListener hearing = profile.map(p -> listener.and(p.warmUp())).orElse(listener);
      Trainer trainer = trainer(settings, step, data, train, eval, trace, hearing);
      state.ifPresent(trainer::resume);
      long firstStep = state.map(TrainState::step).orElse(0L);
      goOnWithMetrics(state, firstStep);
      hearing.onStart(start(settings, step, device, data, firstStep));
      Trainer.Outcome outcome;
      try (MetricsFile metrics = MetricsFile.open(folder.metrics())) {
        outcome = trainer.run(metrics);
      }
      profile.ifPresent(listener::onProfile);
      RunSummary summary = summarise(outcome, settings, model, device, data);
      if (!outcome.interrupted()) {
        new Samples(model, backend, data, listener).show(settings.get(RunSettings.SAMPLES));
      }
      return summary;
    }
  }

  private Trainer trainer(
      TrainSettings settings,
      TrainingStep step,
      PreparedDataset data,
      TrainingBatches train,
      EvaluationBatches eval,
      Optional<TraceWriter> trace,
      TrainListener hearing) {
    TrainPlan plan = EngineConfig.plan(settings);
    RunIdentity identity = new RunIdentity(data.contentHash(), settings.fingerprint());
    return new Trainer(step, train, eval, plan, checkpoints(), trace, hearing, identity);
  }

  private void goOnWithMetrics(Optional<TrainState> state, long firstStep) {
    FileMark mark = state.map(TrainState::metrics).orElse(FileMark.EMPTY);
    if (mark.bytes() > 0 && !Files.exists(folder.metrics())) {
      listener.onNote(
          "%s is missing: it begins anew after step %,d".formatted(folder.metrics(), firstStep));
    }
    MetricsFile.truncateAfter(folder.metrics(), firstStep, mark);
  }

  private void requireContinuable(TrainState state, TrainSettings settings, PreparedDataset data) {
    settings.requireThoseOf(state, folder.config());
    int maxSteps = settings.get(OptimizationSettings.MAX_STEPS);
    boolean done = state.step() >= maxSteps && !state.evaluationDue();
    if (done && MetricsJson.isSummaryAfter(maxSteps, folder.summary())) {
      throw UserException.input(
          "the run is finished: all %d steps are done. Start another with --run NAME."
              .formatted(maxSteps));
    }
    if (!state.data().equals(data.contentHash())) {
      throw UserException.input(
          "%s, or its --eval-file, has changed since the run began: bring the old content back, or start another run with --run NAME."
              .formatted(settings.get(DataSettings.DATASET)));
    }
  }

  private static Optional<TraceWriter> trace(
      TrainSettings settings, Transformer model, Backend backend) {
    int steps = settings.get(RunSettings.TRACE_STEPS);
    return settings
        .find(RunSettings.TRACE)
        .map(dir -> TraceWriter.begin(dir, steps, settings.toJson(), model, backend));
  }

  private RunStart start(
      TrainSettings settings,
      TrainingStep step,
      Device device,
      PreparedDataset data,
      long firstStep) {
    GhostConfig ghosts = step.ghosts().config();
    boolean recomputes = settings.get(RunSettings.ACTIVATION_CHECKPOINTING);
    MemoryPlan memory =
        MemoryPlan.of(
            step.model().config(),
            ghostsToHold(ghosts),
            settings.get(OptimizationSettings.BATCH_SIZE),
            settings.get(OptimizationSettings.GRAD_ACCUMULATION),
            recomputes);
    return new RunStart(
        folder.path(),
        device.backend().description(),
        data.name(),
        step.model().registry().count(),
        step.model().activeParameters(),
        firstStep,
        settings.get(OptimizationSettings.MAX_STEPS),
        memory,
        recomputes,
        ghosts,
        step.ghosts().layers());
  }

  private RunSummary summarise(
      Trainer.Outcome outcome,
      TrainSettings settings,
      Transformer model,
      Device device,
      PreparedDataset data) {
    seconds.put("train", outcome.trainSeconds());
    seconds.put("eval", outcome.evalSeconds());
    Optional<EvaluationMetrics> evaluation = outcome.evaluation();
    long parameters = model.registry().count();
    RunSummary summary =
        new RunSummary(
            folder,
            parameters,
            model.activeParameters(),
            parameters,
            device.backend().description(),
            settings.get(DataSettings.DATASET),
            data.cacheHit(),
            outcome.interrupted(),
            outcome.steps(),
            outcome.tokens(),
            outcome.firstLoss(),
            outcome.lastLoss(),
            outcome.finalLoss(),
            evaluation.map(EvaluationMetrics::loss).orElse(Double.NaN),
            evaluation.map(EvaluationMetrics::bitsPerByte).orElse(Double.NaN),
            seconds,
            outcome.trainSeconds() == 0 ? 0 : outcome.tokens() / outcome.trainSeconds(),
            PeakMemory.bytes());
    try {
      MetricsJson.write(summary, folder.summary());
    } catch (IOException e) {
      throw unwritable(folder.summary(), e);
    }
    return summary;
  }

  private <T> T timed(String phase, Supplier<T> work) {
    long start = System.nanoTime();
    T result = work.get();
    seconds.merge(phase, (System.nanoTime() - start) * 1e-9, Double::sum);
    return result;
  }
}
