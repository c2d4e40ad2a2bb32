package io.ghostmoe;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.DatasetOrigin;
import io.ghostmoe.data.DatasetRequest;
import io.ghostmoe.data.batch.BatchSettings;
import io.ghostmoe.data.batch.Batching;
import io.ghostmoe.data.batch.LossOn;
import io.ghostmoe.data.hub.HubDataset;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import io.ghostmoe.device.Device;
import io.ghostmoe.model.MemoryPlan;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.optim.AdamWConfig;
import io.ghostmoe.optim.Schedule;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cuda.Precision;
import io.ghostmoe.train.GhostLifecycle;
import io.ghostmoe.train.RunNames;
import io.ghostmoe.train.TrainPlan;
import io.ghostmoe.train.TrainingStep;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the flat settings mean to each part of the engine. */
final class EngineConfig {
  private EngineConfig() {}

  static DatasetRequest dataset(PrepareSettings settings) {
    return DatasetRequest.builder(origin(settings))
        .evalFile(settings.find(DataSettings.EVAL_FILE).orElse(null))
        .questionField(settings.find(DataSettings.QUESTION_FIELD).orElse(null))
        .answerField(settings.find(DataSettings.ANSWER_FIELD).orElse(null))
        .textField(settings.find(DataSettings.TEXT_FIELD).orElse(null))
        .tokenizer(settings.get(DataSettings.TOKENIZER))
        .numTrainSamples(settings.get(DataSettings.NUM_TRAIN_SAMPLES))
        .numEvalSamples(settings.get(DataSettings.NUM_EVAL_SAMPLES))
        .maxSeqLength(settings.get(DataSettings.MAX_SEQ_LENGTH))
        .seed(settings.get(RunSettings.SEED))
        .maxBadRecords(settings.get(DataSettings.MAX_BAD_RECORDS))
        .deduplicate(settings.get(DataSettings.DEDUPLICATE))
        .threads(
            settings
                .find(RunSettings.THREADS)
                .orElseGet(() -> Runtime.getRuntime().availableProcessors()))
        .build();
  }

  /** A file as named or in the data folder, else the Hub's dataset of that name. */
  private static DatasetOrigin origin(PrepareSettings settings) {
    String name =
        settings
            .find(DataSettings.DATASET)
            .orElseThrow(() -> UserException.input("no dataset is named: pass --dataset FILE."));
    Optional<String> source = settings.find(DataSettings.DATASET_SOURCE);
    if (source.filter("huggingface"::equals).isPresent()
        || (source.isEmpty() && HubDataset.isAddress(name))) {
      return onHub(name, settings);
    }
    Path given = Path.of(name);
    Path inDataDir = settings.get(DataSettings.DATA_DIR).resolve(name);
    boolean isFile = Files.exists(given) || Files.exists(inDataDir);
    if (!isFile && source.isEmpty() && HubDataset.isPossible(name)) {
      return onHub(name, settings);
    }
    requireNoHubSettings(name, settings);
    return new DatasetOrigin.LocalFile(
        !Files.exists(given) && Files.exists(inDataDir) ? inDataDir : given);
  }

  private static DatasetOrigin onHub(String name, PrepareSettings settings) {
    return new DatasetOrigin.OnHub(
        HubDataset.of(
            name,
            settings.find(DataSettings.DATASET_CONFIG).orElse(null),
            settings.find(DataSettings.REVISION).orElse(null)));
  }

  private static void requireNoHubSettings(String name, PrepareSettings settings) {
    for (Setting<String> setting : List.of(DataSettings.DATASET_CONFIG, DataSettings.REVISION)) {
      settings
          .find(setting)
          .ifPresent(
              value -> {
                throw UserException.input(
                    "%s %s is for Hub datasets only, and --dataset %s is a file's name: leave it out, or pass --dataset-source huggingface"
                        .formatted(setting.flag(), value, name));
              });
    }
  }

  /** The device that computes, which the caller closes. */
  static Device device(TrainSettings settings, int threads) {
    return Device.select(
        settings.get(RunSettings.DEVICE, Device.Choice.class),
        settings.get(RunSettings.PRECISION, Precision.class),
        threads);
  }

  static BatchSettings batches(TrainSettings settings, Tokenizer tokenizer) {
    return new BatchSettings(
        settings.get(DataSettings.BATCHING, Batching.class),
        settings.get(DataSettings.LOSS_ON, LossOn.class),
        settings.get(OptimizationSettings.BATCH_SIZE),
        settings.get(DataSettings.MAX_SEQ_LENGTH),
        tokenizer.endOfText());
  }

  static ModelConfig model(TrainSettings settings, int vocabulary) {
    return new ModelConfig(
        vocabulary,
        settings.get(DataSettings.MAX_SEQ_LENGTH),
        settings.get(ModelSettings.EMBED_DIM),
        settings.get(ModelSettings.NUM_LAYERS),
        settings.get(ModelSettings.NUM_HEADS),
        settings.get(ModelSettings.NUM_EXPERTS),
        settings.get(ModelSettings.TOP_K),
        settings.get(ModelSettings.EXPERT_HIDDEN),
        real(settings, ModelSettings.DROPOUT),
        real(settings, ModelSettings.AUX_LOSS),
        real(settings, ModelSettings.Z_LOSS));
  }

  static GhostConfig ghosts(TrainSettings settings) {
    return new GhostConfig(
        settings.get(ModelSettings.NUM_EXPERTS),
        settings.get(GhostSettings.NUM_GHOST_EXPERTS),
        settings.get(ModelSettings.TOP_K),
        GhostTrigger.of(settings.get(GhostSettings.GHOST_TRIGGER), settings.get(RunSettings.SEED)),
        settings.get(GhostSettings.GHOST_ACTIVATION_THRESHOLD),
        settings.get(GhostSettings.GHOST_ACTIVATION_SCHEDULE, GhostConfig.Schedule.class),
        settings.get(GhostSettings.GHOST_RAMP_STEPS),
        settings.get(GhostSettings.GHOST_LR_COUPLING, GhostConfig.Coupling.class),
        settings.get(GhostSettings.GHOST_LEARNING_RATE),
        settings.get(GhostSettings.GHOST_INIT, GhostConfig.Init.class),
        settings.get(GhostSettings.SATURATION_MONITORING_WINDOW),
        settings.get(GhostSettings.WAKE_COOLDOWN_STEPS),
        settings.get(OptimizationSettings.WARMUP_STEPS),
        settings.get(OptimizationSettings.MAX_STEPS));
  }

  static AdamWConfig optimizer(TrainSettings settings) {
    return new AdamWConfig(
        real(settings, OptimizationSettings.BETA1),
        real(settings, OptimizationSettings.BETA2),
        real(settings, OptimizationSettings.EPSILON),
        real(settings, OptimizationSettings.WEIGHT_DECAY),
        real(settings, OptimizationSettings.GRAD_CLIP));
  }

  static Schedule schedule(TrainSettings settings) {
    double peak = settings.get(OptimizationSettings.LEARNING_RATE);
    double floor = settings.get(OptimizationSettings.MIN_LEARNING_RATE);
    long warmup = settings.get(OptimizationSettings.WARMUP_STEPS);
    long steps = settings.get(OptimizationSettings.MAX_STEPS);
    return switch (settings.get(OptimizationSettings.SCHEDULE)) {
      case "cosine" -> new Schedule.Cosine(peak, floor, warmup, steps);
      case "constant" -> new Schedule.Constant(peak, warmup, steps);
      case "wsd" -> new Schedule.WarmupStableDecay(peak, floor, warmup, steps);
      case String other -> throw new IllegalStateException("schedule " + other);
    };
  }

  /**
   * The steps of a run, which the caller closes.
   *
   * @param ghosts of the model: the run's own, or some that sleep
   */
  static TrainingStep step(
      TrainSettings settings,
      Transformer model,
      AdamW optimizer,
      Backend backend,
      GhostConfig ghosts) {
    return new TrainingStep(
        model,
        optimizer,
        schedule(settings),
        backend,
        new GhostLifecycle(ghosts, model),
        real(settings, ModelSettings.BALANCE_RATE),
        settings.get(RunSettings.SEED),
        settings.get(RunSettings.ACTIVATION_CHECKPOINTING));
  }

  static TrainPlan plan(TrainSettings settings) {
    return new TrainPlan(
        settings.get(OptimizationSettings.MAX_STEPS),
        settings.get(OptimizationSettings.GRAD_ACCUMULATION),
        settings.get(RunSettings.LOG_EVERY),
        settings.get(RunSettings.EVAL_EVERY),
        settings.get(RunSettings.SAVE_EVERY));
  }

  static float real(TrainSettings settings, Setting<Double> setting) {
    return settings.get(setting).floatValue();
  }

  /**
   * The ghosts a layer that a run needs memory for: all that may wake, since a run must not die of
   * a wake.
   *
   * @param awake ghosts of the layer that begins with the most
   */
  static int ghostsToHold(GhostConfig ghosts, int awake) {
    return ghosts.canWake() ? ghosts.ghosts() : awake;
  }

  /**
   * Refuses a run that cannot fit, before anything is allocated.
   *
   * @param ghosts a layer that there is to be room for, as {@link #ghostsToHold} says
   * @param recomputes whether activations are checkpointed
   * @param available bytes that the run may use
   * @param gpu whether they are a GPU's
   */
  static void requireMemory(
      ModelConfig model,
      int ghosts,
      int rows,
      int microBatches,
      boolean recomputes,
      long available,
      boolean gpu) {
    MemoryPlan plan = MemoryPlan.of(model, ghosts, rows, microBatches, recomputes);
    if (plan.totalBytes() <= available) {
      return;
    }
    String remedy =
        plan.activationBytes() > plan.parameterBytes()
            ? "%slower --batch-size %d or --max-seq-length %d"
                .formatted(
                    recomputes || model.layers() == 1 ? "" : "pass --activation-checkpointing, ",
                    rows,
                    model.length())
            : "lower --embed-dim %d, --num-layers %d%s--num-experts %d"
                .formatted(
                    model.width(),
                    model.layers(),
                    ghosts == 0 ? " or " : ", --num-ghost-experts %d or ".formatted(ghosts),
                    model.experts());
    throw UserException.input(
        "this run needs about %s (parameters %s, activations %s, workspace %s), %s %s: %s%s."
            .formatted(
                gib(plan.totalBytes()),
                gib(plan.parameterBytes()),
                gib(plan.activationBytes()),
                gib(plan.workspaceBytes()),
                gpu ? "the GPU has" : "Java may use",
                gib(available),
                remedy,
                gpu ? "" : ", or raise -Xmx in GHOSTMOE_JAVA_OPTS"));
  }

  /** What the smallest run that is offered, the preset quickstart, needs in memory. */
  static long quickstartBytes() {
    TrainSettings settings = TrainSettings.of(Presets.quickstart()).resolve(1);
    try (Tokenizer tokenizer = Tokenizers.open(settings.get(DataSettings.TOKENIZER))) {
      return MemoryPlan.of(
              model(settings, tokenizer.vocabularySize()),
              settings.get(GhostSettings.NUM_GHOST_EXPERTS),
              settings.get(OptimizationSettings.BATCH_SIZE),
              settings.get(OptimizationSettings.GRAD_ACCUMULATION),
              settings.get(RunSettings.ACTIVATION_CHECKPOINTING))
          .totalBytes();
    }
  }

  private static String gib(long bytes) {
    return "%.2f GiB".formatted(bytes / (double) (1L << 30));
  }

  /** A name for a run that was given none: its dataset's. */
  static String stem(TrainSettings settings) {
    String name = settings.get(DataSettings.DATASET);
    if (HubDataset.isAddress(name)) {
      return RunNames.from(HubDataset.of(name, null, null).repository());
    }
    String file =
        Optional.ofNullable(Path.of(name).getFileName()).map(Path::toString).orElse("run");
    int dot = file.lastIndexOf('.');
    return RunNames.from(dot > 0 ? file.substring(0, dot) : file);
  }
}
