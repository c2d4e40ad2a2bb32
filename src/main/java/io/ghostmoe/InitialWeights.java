package io.ghostmoe;

import io.ghostmoe.base.NearestName;
import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.Checkpoint;
import io.ghostmoe.checkpoint.TrainingCheckpoint;
import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.LayerGhosts;
import io.ghostmoe.train.RunFolder;
import io.ghostmoe.train.TrainingStep;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The weights of another run, which a run starts from ({@code --init-from}). Optimizer, schedule
 * and the ghosts' trigger begin anew. Ghosts that are awake there stay awake here: they fill the
 * first places of this run's ghosts, as {@link Ghost#INHERITED}, and learn as the primaries do.
 */
final class InitialWeights {
  /** What weights of that shape and meaning depend on. */
  private static final List<Setting<?>> FIXED =
      List.of(
          DataSettings.TOKENIZER,
          DataSettings.MAX_SEQ_LENGTH,
          ModelSettings.EMBED_DIM,
          ModelSettings.NUM_LAYERS,
          ModelSettings.NUM_HEADS,
          ModelSettings.NUM_EXPERTS,
          ModelSettings.TOP_K,
          ModelSettings.EXPERT_HIDDEN);

  /** The model's other settings: the run's own where nothing else is given. */
  private static final List<Setting<?>> LIKELY =
      List.of(
          ModelSettings.DROPOUT,
          ModelSettings.BALANCE_RATE,
          ModelSettings.AUX_LOSS,
          ModelSettings.Z_LOSS,
          GhostSettings.NUM_GHOST_EXPERTS);

  private final String name;
  private final Checkpoint checkpoint;
  private final TrainSettings base;
  private final List<List<Ghost>> awake;

  private InitialWeights(
      String name, Checkpoint checkpoint, TrainSettings base, List<List<Ghost>> awake) {
    this.name = name;
    this.checkpoint = checkpoint;
    this.base = base;
    this.awake = awake;
  }

  /**
   * The layers of settings of a run that starts from another, lowest first.
   *
   * @param preset below everything
   * @param given what the user sets, {@code init_from} among it
   * @throws UserException where there is no such run, or a setting contradicts its model
   */
  static SettingValues[] layers(SettingValues preset, SettingValues given) {
    Path runsDir = given.find(RunSettings.RUNS_DIR).or(RunSettings.RUNS_DIR::defaultValue).get();
    String name = given.find(ModelSettings.INIT_FROM).orElseThrow();
    TrainSettings base = settings(folder(name, runsDir));
    requireSame(given, base, name);
    return new SettingValues[] {
      preset, taken(base, LIKELY), given, taken(base, FIXED) // which hides what was left to auto
    };
  }

  private static SettingValues taken(TrainSettings base, List<Setting<?>> settings) {
    SettingValues taken = SettingValues.NONE;
    for (Setting<?> setting : settings) {
      taken = taken.plus(setting, base.find(setting));
    }
    return taken;
  }

  private static void requireSame(SettingValues given, TrainSettings base, String name) {
    for (Setting<?> setting : FIXED) {
      Optional<?> value = given.find(setting);
      if (value.isPresent() && !value.equals(base.find(setting))) {
        throw UserException.input(
            "%s %s differs from the %s of run %s, whose weights --init-from takes: leave it out"
                .formatted(
                    setting.flag(),
                    value.get(),
                    base.find(setting).map(Object::toString).orElse("absence"),
                    name));
      }
    }
  }

  /**
   * What a run starts from; empty where it starts from nothing, or goes on with itself.
   *
   * @param own the folder of the run that starts
   * @throws UserException where there is no such run or checkpoint, or it does not fit
   */
  static Optional<InitialWeights> find(TrainSettings settings, RunFolder own) {
    Optional<String> name = settings.find(ModelSettings.INIT_FROM);
    if (name.isEmpty() || settings.get(RunSettings.RESUME)) {
      return Optional.empty();
    }
    RunFolder folder = folder(name.get(), settings.get(RunSettings.RUNS_DIR));
    requireOther(folder, own, name.get());
    TrainSettings base = settings(folder);
    requireSame(settings.values(), base, name.get());
    Checkpoint checkpoint =
        CheckpointChoice.find(
            folder, settings.find(ModelSettings.INIT_CHECKPOINT).orElse("latest"));
    InitialWeights found =
        new InitialWeights(name.get(), checkpoint, base, awake(checkpoint, base));
    int ghosts = settings.get(GhostSettings.NUM_GHOST_EXPERTS);
    if (found.mostAwake() > ghosts) {
      throw UserException.input(
          "--num-ghost-experts %d: run %s has a layer with %d awake, which stay: pass --num-ghost-experts %d or more"
              .formatted(ghosts, name.get(), found.mostAwake(), found.mostAwake()));
    }
    return Optional.of(found);
  }

  private static TrainSettings settings(RunFolder folder) {
    return TrainSettings.of(TrainSettings.readJson(folder.config()));
  }

  private static void requireOther(RunFolder folder, RunFolder own, String name) {
    if (folder
        .path()
        .toAbsolutePath()
        .normalize()
        .equals(own.path().toAbsolutePath().normalize())) {
      throw UserException.input(
          "--init-from %s is the run itself, which would replace what it starts from: pass another --run"
              .formatted(name));
    }
  }

  /** A run of that name, else the run in that folder. */
  private static RunFolder folder(String name, Path runsDir) {
    List<String> runs = RunFolder.names(runsDir);
    if (runs.contains(name)) {
      return new RunFolder(runsDir, name);
    }
    @Nullable Path path = path(name);
    if (path != null && Files.isRegularFile(path.resolve("config.json"))) {
      Path absolute = path.toAbsolutePath().normalize();
      @Nullable Path parent = absolute.getParent();
      @Nullable Path last = absolute.getFileName();
      if (parent != null && last != null) {
        return new RunFolder(parent, last.toString());
      }
    }
    throw UserException.input(
        "--init-from %s: no run of that name in %s, and no folder of a run: %s"
            .formatted(
                name,
                runsDir,
                NearestName.of(name, runs)
                    .map(nearest -> "did you mean " + nearest + "?")
                    .orElse("train one first, or pass --runs-dir")));
  }

  private static @Nullable Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  /** The ghosts of each layer that have weights; one that was about to wake has none. */
  private static List<List<Ghost>> awake(Checkpoint checkpoint, TrainSettings base) {
    int primaries = base.get(ModelSettings.NUM_EXPERTS);
    List<LayerGhosts> layers = TrainingCheckpoint.ghosts(checkpoint);
    List<Integer> experts =
        TrainingCheckpoint.experts(
            checkpoint.unverifiedFile(TrainingCheckpoint.MODEL),
            primaries,
            base.get(ModelSettings.NUM_LAYERS),
            layers);
    List<List<Ghost>> awake = new ArrayList<>();
    for (int layer = 0; layer < layers.size(); layer++) {
      awake.add(layers.get(layer).awake().subList(0, experts.get(layer) - primaries));
    }
    return awake;
  }

  /**
   * Settings with the model's own, and with the step of the checkpoint, for {@code config.json}.
   */
  TrainSettings complete(TrainSettings settings) {
    return TrainSettings.of(
        settings.values(),
        taken(base, FIXED).with(ModelSettings.INIT_CHECKPOINT, Long.toString(checkpoint.step())));
  }

  /** The ghosts of the layer that begins with the most. */
  int mostAwake() {
    return awake.stream().mapToInt(List::size).max().orElse(0);
  }

  /** The ghosts of the layer that begins with the fewest. */
  int leastAwake() {
    return awake.stream().mapToInt(List::size).min().orElse(0);
  }

  /** What the run begins with, in one line. */
  String note() {
    int ghosts = awake.stream().mapToInt(List::size).sum();
    return "weights: those of run %s after step %,d%s"
        .formatted(
            name,
            checkpoint.step(),
            ghosts == 0 ? "" : "; awake ghosts, which stay so: %,d".formatted(ghosts));
  }

  /** Fills the model of a run that has not begun, ghosts that are awake included. */
  void load(TrainingStep step) {
    var _ = TrainingCheckpoint.loadWeights(checkpoint, step.model(), step.backend());
    step.optimizer().join();
    int ghosts = step.ghosts().config().ghosts();
    step.ghosts()
        .inherit(awake.stream().map(layer -> LayerGhosts.inherited(layer, ghosts)).toList());
  }
}
