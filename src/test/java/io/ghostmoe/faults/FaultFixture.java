package io.ghostmoe.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.DataSettings;
import io.ghostmoe.GhostMoE;
import io.ghostmoe.ModelSettings;
import io.ghostmoe.OptimizationSettings;
import io.ghostmoe.RunSettings;
import io.ghostmoe.SettingValues;
import io.ghostmoe.SettingsBuilder;
import io.ghostmoe.TrainSettings;
import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.CheckpointStore;
import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.DatasetCatalog;
import io.ghostmoe.faults.FaultTable.Verdict;
import io.ghostmoe.train.RunFolder;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A small real training, undisturbed once, to hold every disturbed one against. */
final class FaultFixture {
  static final int STEPS = 12;
  private static final String RUN = "r";
  private static final String LAST = "step-%08d".formatted(STEPS);

  private final Path folder;
  private final Path dataset;
  private final Path straight;
  private int homes;

  FaultFixture(Path folder) throws IOException {
    this.folder = folder;
    dataset = folder.resolve("rows.jsonl");
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      String question = "x".repeat(1 + i * 7 % 24) + i;
      rows.append("{\"question\": \"%s\", \"answer\": \"%d\"}\n".formatted(question, 3 * i));
    }
    Files.writeString(dataset, rows);
    straight = home();
    train(straight);
  }

  /** A new folder for a run and a cache. */
  Path home() throws IOException {
    return Files.createDirectory(folder.resolve("home-" + homes++));
  }

  static SettingsBuilder<TrainSettings> settings(Path home, Path dataset) {
    return TrainSettings.builder()
        .with(DataSettings.DATASET, dataset.toString())
        .with(DataSettings.CACHE_DIR, home.resolve("cache"))
        .with(DataSettings.TOKENIZER, "byte")
        .with(DataSettings.MAX_SEQ_LENGTH, 33)
        .with(ModelSettings.EMBED_DIM, 12)
        .with(ModelSettings.NUM_LAYERS, 1)
        .with(ModelSettings.NUM_HEADS, 2)
        .with(ModelSettings.NUM_EXPERTS, 3)
        .with(ModelSettings.EXPERT_HIDDEN, 19)
        .with(ModelSettings.DROPOUT, 0.1)
        .with(OptimizationSettings.BATCH_SIZE, 2)
        .with(OptimizationSettings.MAX_STEPS, STEPS)
        .with(RunSettings.EVAL_EVERY, 4)
        .with(RunSettings.SAVE_EVERY, 3)
        .with(RunSettings.KEEP_CHECKPOINTS, 1)
        .with(RunSettings.RUNS_DIR, home.resolve("runs"))
        .with(RunSettings.RUN, RUN)
        .with(RunSettings.THREADS, 1);
  }

  SettingsBuilder<TrainSettings> settings(Path home) {
    return settings(home, dataset);
  }

  Path dataset() {
    return dataset;
  }

  void train(Path home) {
    GhostMoE.train(settings(quick(home)).build(), TrainListener.SILENT);
  }

  /** The same files without waiting for the disk, unless they are under a plan already. */
  private static Path quick(Path home) {
    return FaultyFiles.real(home).equals(home) ? FaultyFiles.under(FaultPlan.NONE, home) : home;
  }

  void trainWithCacheOf(Path cached, Path home) {
    TrainSettings settings =
        settings(home).with(DataSettings.CACHE_DIR, cached.resolve("cache")).build();
    GhostMoE.train(settings, TrainListener.SILENT);
  }

  /** Goes on as {@code --resume} does. */
  void resume(Path home) {
    SettingValues flags =
        SettingValues.NONE
            .with(RunSettings.RESUME, true)
            .with(RunSettings.RUN, RUN)
            .with(RunSettings.RUNS_DIR, quick(home).resolve("runs"));
    GhostMoE.train(TrainSettings.layered(Optional.empty(), flags), TrainListener.SILENT);
  }

  static RunFolder run(Path home) {
    return new RunFolder(FaultyFiles.real(home).resolve("runs"), RUN);
  }

  /**
   * What a user does next: goes on with the run, or starts it where it never began. It must come to
   * the undisturbed run's bits, or say in one line that there was nothing yet to go on from.
   */
  Verdict afterwards(Path home) throws IOException {
    RunFolder run = run(home);
    boolean saved = !new CheckpointStore(run.checkpoints(), 1).steps().isEmpty();
    try {
      if (Files.exists(run.config())) {
        resume(home);
      } else {
        train(home);
      }
    } catch (UserException e) {
      requireOneLine(e);
      String message = String.valueOf(e.getMessage());
      if (!saved && message.contains("no checkpoint to go on from")) {
        startAnew(home);
        return Verdict.TOLD;
      }
      assertThat(message).contains("the run is finished");
    }
    requireSame(home);
    return Verdict.WENT_ON;
  }

  void startAnew(Path home) throws IOException {
    TrainSettings anew = settings(quick(home)).with(RunSettings.OVERWRITE, true).build();
    GhostMoE.train(anew, TrainListener.SILENT);
    requireSame(home);
  }

  static void requireOneLine(UserException e) {
    assertThat(e.getMessage()).isNotBlank().doesNotContain("\n").hasSizeLessThan(700);
  }

  /** Demands the undisturbed run's files, to the last bit, and no others. */
  void requireSame(Path home) throws IOException {
    RunFolder run = run(home);
    requireSameWeights(home);
    assertThat(metrics(run)).isEqualTo(metrics(run(straight)));
    assertThat(names(run.path()))
        .containsExactly(".lock", "checkpoints", "config.json", "metrics.jsonl", "summary.json");
    assertThat(names(run.checkpoints())).isEqualTo(names(run(straight).checkpoints()));
    for (String pointer : List.of("latest", "best")) {
      assertThat(run.checkpoints().resolve(pointer))
          .hasSameBinaryContentAs(run(straight).checkpoints().resolve(pointer));
    }
    JsonNode summary = JsonMapper.shared().readTree(Files.readString(run.summary()));
    assertThat(summary.path("steps").asInt()).isEqualTo(STEPS);
    assertThat(summary.path("interrupted").asBoolean()).isFalse();
    JsonNode expected = JsonMapper.shared().readTree(Files.readString(run(straight).summary()));
    for (String loss : List.of("first_loss", "final_loss", "final_eval_loss")) {
      assertThat(summary.path(loss)).isEqualTo(expected.path(loss));
    }
    assertThat(new DatasetCatalog(FaultyFiles.real(home).resolve("cache")).list())
        .isNotEmpty()
        .allMatch(entry -> entry.status() == CatalogEntry.Status.VALID);
  }

  void requireSameWeights(Path home) {
    for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
      assertThat(run(home).checkpoints().resolve(LAST).resolve(file))
          .hasSameBinaryContentAs(run(straight).checkpoints().resolve(LAST).resolve(file));
    }
  }

  /** The metrics without what a clock put into them. */
  private static List<String> metrics(RunFolder run) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.metrics())) {
      ObjectNode json = (ObjectNode) JsonMapper.shared().readTree(line);
      json.remove(List.of("tokens_per_second", "step_ms"));
      lines.add(json.toString());
    }
    return lines;
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }

  static void forget(Path home) throws IOException {
    AtomicFiles.deleteRecursively(home);
  }
}
