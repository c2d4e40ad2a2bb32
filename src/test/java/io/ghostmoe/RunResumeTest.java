package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.base.UserException;
import io.ghostmoe.cli.Main;
import io.ghostmoe.device.Device;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that was stopped, however that happened, goes on as if it had not been. */
class RunResumeTest {
  @TempDir Path folder;
  private RunFixture fixture;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
  }

  /** Padded rows of which many score nothing, several micro-batches a step, several epochs. */
  private SettingsBuilder<TrainSettings> answers(String run) {
    return fixture
        .settings(run)
        .with(DataSettings.BATCHING, "padded")
        .with(DataSettings.LOSS_ON, "answer")
        .with(ModelSettings.DROPOUT, 0.1)
        .with(ModelSettings.AUX_LOSS, 0.01)
        .with(OptimizationSettings.GRAD_ACCUMULATION, 3);
  }

  private SettingsBuilder<TrainSettings> packed(String run) {
    return fixture
        .settings(run)
        .with(ModelSettings.DROPOUT, 0.1)
        .with(OptimizationSettings.SCHEDULE, "wsd")
        .with(RunSettings.LOG_EVERY, 5);
  }

  /** Before the first step, in the middle, in an evaluation, and in the last one. */
  static List<List<Integer>> stops() {
    return List.of(
        List.of(0), List.of(1), List.of(4), List.of(3, 8, 11), List.of(12), List.of(4, 4, 12, 12));
  }

  @ParameterizedTest
  @MethodSource("stops")
  void stoppedAndResumedEqualsStraightThrough(List<Integer> stops) throws IOException {
    RunSummary straight = fixture.train(answers("straight"));
    boolean first = true;
    for (int stop : stops) {
      TrainListener listener = RunFixture.stoppingAfter(stop);
      RunSummary stopped =
          first
              ? GhostMoE.train(answers("stopped").build(), listener)
              : fixture.resume("stopped", listener);
      assertThat(stopped.interrupted()).isTrue();
      first = false;
    }
    RunSummary resumed = fixture.resume("stopped", TrainListener.SILENT);
    RunFixture.assertSameSummary(resumed, straight);
    fixture.assertSameRun("stopped", "straight", 12);
  }

  /** Checkpointing activations changes no number: it may be taken up, and dropped, on the way. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void activationCheckpointingMayChangeWithAResume(boolean first) throws IOException {
    RunSummary straight = fixture.train(answers("straight"));
    RunSummary stopped =
        GhostMoE.train(
            answers("stopped").with(RunSettings.ACTIVATION_CHECKPOINTING, first).build(),
            RunFixture.stoppingAfter(4));
    assertThat(stopped.interrupted()).isTrue();
    SettingValues changes =
        fixture.resuming("stopped").with(RunSettings.ACTIVATION_CHECKPOINTING, !first);
    RunSummary resumed =
        GhostMoE.train(TrainSettings.layered(Optional.empty(), changes), TrainListener.SILENT);
    RunFixture.assertSameSummary(resumed, straight);
    fixture.assertSameRun("stopped", "straight", 12);
    assertThat(Files.readString(fixture.run("stopped").config()))
        .contains("\"activation_checkpointing\" : " + !first);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 7, 8})
  void packedStoppedAndResumedEqualsStraightThrough(int stop) throws IOException {
    RunSummary straight = fixture.train(packed("straight"));
    RunSummary stopped = GhostMoE.train(packed("stopped").build(), RunFixture.stoppingAfter(stop));
    assertThat(stopped.steps()).isEqualTo(stop);
    RunFixture.assertSameSummary(fixture.resume("stopped", TrainListener.SILENT), straight);
    fixture.assertSameRun("stopped", "straight", 12);
  }

  @ParameterizedTest
  @CsvSource({"1, true", "2, false"})
  void killedAndResumedEqualsStraightThrough(long seed, boolean atOnce) throws Exception {
    long steps = 150;
    long killAt = 12L + CounterRandom.below(CounterRandom.key(seed, "kill"), 0, 110);
    Process process = JavaProcess.start(Main.class, List.of(), commandLine("killed", steps));
    try {
      process.getInputStream().close();
      RunFixture.awaitLines(fixture.run("killed").metrics(), killAt, process);
      if (!atOnce) {
        process.toHandle().destroy(); // as Ctrl-C does: the process saves and ends
        assertThat(process.waitFor()).isEqualTo(130);
      }
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor()).as("killed, not ended").isNotIn(0, 1, 2);
    RunSummary straight =
        fixture.train(
            answers("straight")
                .with(OptimizationSettings.MAX_STEPS, (int) steps)
                .with(RunSettings.EVAL_EVERY, 20)
                .with(RunSettings.SAVE_EVERY, 8));
    RunFixture.assertSameSummary(fixture.resume("killed", TrainListener.SILENT), straight);
    fixture.assertSameRun("killed", "straight", steps);
    try (Stream<Path> left = Files.list(fixture.run("killed").checkpoints())) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .allMatch(name -> name.matches("step-\\d{8}|latest|best"));
    }
  }

  /** What {@link #answers} sets, as flags. */
  private List<String> commandLine(String run, long steps) {
    String flags =
        "train --tokenizer byte --max-seq-length 33 --embed-dim 12 --num-layers 2 --num-heads 2"
            + " --num-experts 3 --top-k 2 --expert-hidden 19 --batch-size 2 --threads 2"
            + " --batching padded --loss-on answer --dropout 0.1 --aux-loss 0.01"
            + " --grad-accumulation 3 --eval-every 20 --save-every 8 --quiet";
    List<String> paths =
        List.of(
            "--dataset=" + fixture.dataset,
            "--cache-dir=" + folder.resolve("cache"),
            "--runs-dir=" + fixture.runs,
            "--run=" + run,
            "--max-steps=" + steps);
    return Stream.concat(Stream.of(flags.split(" ")), paths.stream()).toList();
  }

  @Test
  void aFinishedRunIsNotResumed() throws IOException {
    fixture.train(packed("done"));
    List<String> metrics = Files.readAllLines(fixture.run("done").metrics());
    String config = Files.readString(fixture.run("done").config());
    assertThatThrownBy(() -> fixture.resume("done", TrainListener.SILENT))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageContaining("is finished");
    assertThat(Files.readAllLines(fixture.run("done").metrics())).isEqualTo(metrics);
    assertThat(fixture.run("done").config()).hasContent(config);
  }

  @Test
  void aRunKilledBetweenItsLastCheckpointAndItsSummaryStillGetsIt() throws IOException {
    RunSummary straight = fixture.train(packed("done"));
    Files.delete(fixture.run("done").summary());
    RunFixture.assertSameSummary(fixture.resume("done", TrainListener.SILENT), straight);
    assertThat(RunFixture.json(fixture.run("done").summary()).path("steps").asInt()).isEqualTo(12);
    assertThatThrownBy(() -> fixture.resume("done", TrainListener.SILENT))
        .hasMessageContaining("is finished");
  }

  @Test
  void theSummaryOfAnEarlierInterruptionDoesNotStandForTheEnd() throws IOException {
    RunSummary straight = fixture.train(packed("straight"));
    var _ = GhostMoE.train(packed("a").build(), RunFixture.stoppingAfter(7));
    byte[] interrupted = Files.readAllBytes(fixture.run("a").summary());
    fixture.resume("a", TrainListener.SILENT);
    Files.write(fixture.run("a").summary(), interrupted);
    RunFixture.assertSameSummary(fixture.resume("a", TrainListener.SILENT), straight);
    fixture.assertSameRun("a", "straight", 12);
  }

  @Test
  void metricsThatTheCheckpointDidNotSeeAreRefusedAndMetricsThatAreGoneBeginAnew()
      throws IOException {
    fixture.train(packed("straight"));
    var _ = GhostMoE.train(packed("a").build(), RunFixture.stoppingAfter(7));
    Path metrics = fixture.run("a").metrics();
    String whole = Files.readString(metrics);
    for (String damaged :
        List.of(
            "",
            whole.substring(0, whole.length() - 1),
            whole.replaceFirst("\"loss\":\\d", "\"loss\":9"),
            Files.readString(fixture.run("straight").metrics()))) {
      Files.writeString(metrics, damaged);
      assertThatThrownBy(() -> fixture.resume("a", TrainListener.SILENT))
          .isInstanceOfSatisfying(
              UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
          .hasMessageContainingAll("metrics.jsonl is damaged", "step 7", "delete the file");
      assertThat(metrics).hasContent(damaged);
    }
    Files.writeString(metrics, whole + "{\"step\": 8, \"lo");
    var _ = GhostMoE.train(resumed("a"), RunFixture.stoppingAfter(9));
    Files.delete(metrics);
    List<String> notes = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void onNote(String line) {
            notes.add(line);
          }
        };
    fixture.resume("a", listener);
    assertThat(notes).anyMatch(note -> note.endsWith("is missing: it begins anew after step 9"));
    List<String> all = fixture.metricsWithoutTimes("straight");
    assertThat(fixture.metricsWithoutTimes("a"))
        .isNotEmpty()
        .isEqualTo(all.subList(all.size() - 2, all.size()));
  }

  private TrainSettings resumed(String run) {
    return TrainSettings.layered(Optional.empty(), fixture.resuming(run));
  }

  @Test
  void aConfigurationThatTheCheckpointDidNotSeeIsRefused() throws IOException {
    var _ = GhostMoE.train(packed("a").build(), RunFixture.stoppingAfter(7));
    Path config = fixture.run("a").config();
    String whole = Files.readString(config);
    Files.writeString(config, whole.replace("\"num_heads\" : 2", "\"num_heads\" : 6"));
    assertThatThrownBy(() -> fixture.resume("a", TrainListener.SILENT))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageContainingAll("config.json is not what it was", "step 7");
    assertThatThrownBy(
            () -> GhostMoE.load(fixture.run("a"), "latest", Device.Choice.CPU, 1).close())
        .hasMessageContaining("config.json is not what it was");
    Files.writeString(config, whole);
    assertThat(fixture.resume("a", TrainListener.SILENT).steps()).isEqualTo(12);
  }

  @Test
  void aResumedRunRefusesOtherDataUnderTheSameName() throws IOException {
    var _ = GhostMoE.train(packed("a").build(), RunFixture.stoppingAfter(11));
    fixture.writeRows(8);
    assertThatThrownBy(() -> fixture.resume("a", TrainListener.SILENT))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageContainingAll("rows.jsonl", "changed", "--run");
    fixture.writeRows(30);
    assertThat(fixture.resume("a", TrainListener.SILENT).steps()).isEqualTo(12);
  }

  @Test
  void aResumeThatWouldChangeTheMathematicsIsRefusedThroughTheApiToo() {
    var _ = GhostMoE.train(packed("a").build(), RunFixture.stoppingAfter(5));
    TrainSettings other =
        packed("a")
            .with(OptimizationSettings.LEARNING_RATE, 0.5)
            .with(RunSettings.RESUME, true)
            .build();
    assertThatThrownBy(() -> GhostMoE.train(other, TrainListener.SILENT))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--learning-rate 0.5 differs from the run's 0.001");
  }

  @Test
  void aResumedRunMayLogSaveAndThreadOtherwise() throws IOException {
    fixture.train(packed("straight"));
    var _ = GhostMoE.train(packed("a").build(), RunFixture.stoppingAfter(5));
    SettingValues changes =
        fixture.resuming("a").with(RunSettings.THREADS, 3).with(RunSettings.SAVE_EVERY, 100);
    var _ = GhostMoE.train(TrainSettings.layered(Optional.empty(), changes), TrainListener.SILENT);
    fixture.assertSameRun("a", "straight", 12);
  }
}
