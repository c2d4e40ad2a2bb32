package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.train.RunFolder;
import io.ghostmoe.train.RunStart;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.StepMetrics;
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

/** A tiny dataset and runs over it, all in a test's own folder. */
final class RunFixture {
  /** What differs between two runs that did the same. */
  private static final List<String> TIMES = List.of("tokens_per_second", "step_ms");

  final Path folder;
  final Path dataset;
  final Path runs;

  RunFixture(Path folder) throws IOException {
    this.folder = folder;
    dataset = folder.resolve("rows.jsonl");
    runs = folder.resolve("runs");
    writeRows(30);
  }

  /** Questions of lengths that differ, so that some answers lie beyond the end of a window. */
  void writeRows(int count) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String question = "x".repeat(1 + i * 7 % 24) + i;
      lines.append("{\"question\": \"%s\", \"answer\": \"%d\"}\n".formatted(question, 3 * i));
    }
    Files.writeString(dataset, lines);
  }

  /**
   * A run of awkward sizes and twelve steps, which evaluates every fourth and saves every third.
   */
  SettingsBuilder<TrainSettings> settings(String run) {
    return TrainSettings.builder()
        .with(DataSettings.DATASET, dataset.toString())
        .with(DataSettings.CACHE_DIR, folder.resolve("cache"))
        .with(DataSettings.TOKENIZER, "byte")
        .with(DataSettings.MAX_SEQ_LENGTH, 33)
        .with(ModelSettings.EMBED_DIM, 12)
        .with(ModelSettings.NUM_LAYERS, 2)
        .with(ModelSettings.NUM_HEADS, 2)
        .with(ModelSettings.NUM_EXPERTS, 3)
        .with(ModelSettings.TOP_K, 2)
        .with(ModelSettings.EXPERT_HIDDEN, 19)
        .with(OptimizationSettings.BATCH_SIZE, 2)
        .with(OptimizationSettings.MAX_STEPS, 12)
        .with(RunSettings.EVAL_EVERY, 4)
        .with(RunSettings.SAVE_EVERY, 3)
        .with(RunSettings.RUNS_DIR, runs)
        .with(RunSettings.RUN, run)
        .with(RunSettings.THREADS, 2);
  }

  RunFolder run(String name) {
    return new RunFolder(runs, name);
  }

  RunSummary train(SettingsBuilder<TrainSettings> settings) {
    return GhostMoE.train(settings.build(), TrainListener.SILENT);
  }

  /** Goes on with a run as {@code --resume} does. */
  RunSummary resume(String run, TrainListener listener) {
    return GhostMoE.train(TrainSettings.layered(Optional.empty(), resuming(run)), listener);
  }

  SettingValues resuming(String run) {
    return SettingValues.NONE
        .with(RunSettings.RESUME, true)
        .with(RunSettings.RUN, run)
        .with(RunSettings.RUNS_DIR, runs);
  }

  /** Asks a run to stop once it has done a step, be it before this start. */
  static TrainListener stoppingAfter(long step) {
    return new TrainListener() {
      private boolean stop;

      @Override
      public void onStart(RunStart start) {
        stop = start.firstStep() >= step;
      }

      @Override
      public void onStep(StepMetrics metrics) {
        stop |= metrics.step() >= step;
      }

      @Override
      public boolean cancelled() {
        return stop;
      }
    };
  }

  /** A file of the checkpoint of a step. */
  Path checkpointFile(String run, long step, String name) {
    return run(run).checkpoints().resolve("step-%08d".formatted(step)).resolve(name);
  }

  /** The metrics of a run without what a clock put into them. */
  List<String> metricsWithoutTimes(String run) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run(run).metrics())) {
      ObjectNode json = (ObjectNode) JsonMapper.shared().readTree(line);
      lines.add(json.remove(TIMES).toString());
    }
    return lines;
  }

  /** Demands that two runs left the same, to the last bit. */
  void assertSameRun(String run, String straight, long lastStep) throws IOException {
    for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
      assertThat(checkpointFile(run, lastStep, file))
          .hasSameBinaryContentAs(checkpointFile(straight, lastStep, file));
    }
    assertThat(metricsWithoutTimes(run)).isEqualTo(metricsWithoutTimes(straight));
    assertThat(stateWithoutTimes(run, lastStep)).isEqualTo(stateWithoutTimes(straight, lastStep));
  }

  private List<String> stateWithoutTimes(String run, long step) throws IOException {
    // the metrics hold times, so their mark differs
    List<String> clocks = List.of("trainSeconds", "bytes", "crc32c");
    try (Stream<String> lines = Files.lines(checkpointFile(run, step, "state.json"))) {
      return lines.filter(line -> clocks.stream().noneMatch(line::contains)).toList();
    }
  }

  static void assertSameSummary(RunSummary got, RunSummary straight) {
    assertThat(got.interrupted()).isFalse();
    assertThat(got.steps()).isEqualTo(straight.steps());
    assertThat(got.tokens()).isEqualTo(straight.tokens());
    assertThat(got.firstLoss()).isEqualTo(straight.firstLoss());
    assertThat(got.lastLoss()).isEqualTo(straight.lastLoss());
    assertThat(got.finalLoss()).isEqualTo(straight.finalLoss());
    assertThat(got.finalEvalLoss()).isEqualTo(straight.finalEvalLoss()).isFinite();
    assertThat(got.finalEvalBitsPerByte()).isEqualTo(straight.finalEvalBitsPerByte());
  }

  /** Waits until a process has written that many lines. */
  static void awaitLines(Path file, long lines, Process process) throws Exception {
    long found = 0;
    while (found < lines) {
      assertThat(process.isAlive()).as("%d lines of metrics, then an end", found).isTrue();
      Thread.sleep(1);
      if (Files.exists(file)) {
        try (Stream<String> all = Files.lines(file)) {
          found = all.count();
        }
      }
    }
  }

  static JsonNode json(Path file) throws IOException {
    return JsonMapper.shared().readTree(Files.readString(file));
  }
}
