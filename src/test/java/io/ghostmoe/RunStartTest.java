package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.PrepareProgress;
import io.ghostmoe.model.MemoryPlan;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.train.GhostFixture;
import io.ghostmoe.train.RunStart;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a run begins, and what is left where it does not. */
class RunStartTest {
  @TempDir Path folder;
  private RunFixture fixture;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
  }

  private SettingsBuilder<TrainSettings> oneStep(String run) {
    return fixture.settings(run).with(OptimizationSettings.MAX_STEPS, 1);
  }

  @Test
  void aSecondRunHitsTheCacheAndSaysSo() {
    List<String> notes = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void onNote(String line) {
            notes.add(line);
          }
        };
    assertThat(GhostMoE.train(oneStep("a").build(), listener).cacheHit()).isFalse();
    assertThat(notes).noneMatch(note -> note.startsWith("cache: hit"));
    RunSummary second = GhostMoE.train(oneStep("b").build(), listener);
    assertThat(second.cacheHit()).isTrue();
    assertThat(notes).anyMatch(note -> note.startsWith("cache: hit, local_rows_byte_33"));
    assertThat(notes).anyMatch(note -> note.startsWith("device: cpu"));
  }

  @Test
  void ghostsThatCannotWakeAreNoted() {
    assertThat(ghostNotes("plateau", 30))
        .singleElement()
        .asString()
        .startsWith(
            "ghosts: none can wake in a run of 30 steps: the first may wake after step 23, and")
        .contains(" none after step 11: raise --max-steps, lower", "--ghost-trigger step:N");
    assertThat(ghostNotes("random", 30)).hasSize(1);
    // one step less and the first may wake after the last that may
    assertThat(ghostNotes("plateau", 43)).isEmpty();
    assertThat(ghostNotes("plateau", 42)).hasSize(1);
    assertThat(ghostNotes("random", 42)).isEmpty();
    assertThat(ghostNotes("step:1", 2)).isEmpty();
    assertThat(ghostNotes("never", 2)).as("it was asked for").isEmpty();
  }

  /** What a run that stops before its first step notes of its two ghosts. */
  private List<String> ghostNotes(String trigger, int maxSteps) {
    List<String> notes = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          private boolean started;

          @Override
          public void onStart(RunStart start) {
            started = true;
          }

          @Override
          public void onNote(String line) {
            notes.add(line);
          }

          @Override
          public boolean cancelled() {
            return started;
          }
        };
    TrainSettings settings =
        fixture
            .settings("a")
            .with(OptimizationSettings.MAX_STEPS, maxSteps)
            .with(GhostSettings.NUM_GHOST_EXPERTS, 2)
            .with(GhostSettings.GHOST_TRIGGER, trigger)
            .with(RunSettings.OVERWRITE, true)
            .build();
    var _ = GhostMoE.train(settings, listener);
    return notes.stream().filter(note -> note.startsWith("ghosts:")).toList();
  }

  @Test
  void anImpossibleRunIsRefusedWithTheFlagToLower() {
    ModelConfig wide = new ModelConfig(50_257, 256, 4096, 8, 8, 8, 2, 16_384, 0, 0, 0);
    assertThatThrownBy(() -> EngineConfig.requireMemory(wide, 0, 1, 1, false, 8L << 30, false))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageContainingAll("8.00 GiB", "lower --embed-dim 4096, --num-layers 8", "-Xmx");
    ModelConfig narrow = new ModelConfig(257, 1024, 64, 2, 4, 4, 2, 256, 0, 0, 0);
    assertThatThrownBy(() -> EngineConfig.requireMemory(narrow, 0, 512, 1, false, 1L << 30, false))
        .hasMessageContaining(
            ": pass --activation-checkpointing, lower --batch-size 512 or --max-seq-length 1024,"
                + " or");
    assertThatThrownBy(() -> EngineConfig.requireMemory(narrow, 0, 512, 1, true, 1L << 30, false))
        .hasMessageContaining(": lower --batch-size 512 or");
    long checkpointed = MemoryPlan.of(narrow, 0, 8, 1, true).totalBytes();
    assertThat(checkpointed).isLessThan(MemoryPlan.of(narrow, 8).totalBytes());
    assertThatCode(() -> EngineConfig.requireMemory(narrow, 0, 8, 1, true, checkpointed, false))
        .doesNotThrowAnyException();
    long needed = MemoryPlan.of(narrow, 8).totalBytes();
    assertThatCode(() -> EngineConfig.requireMemory(narrow, 0, 8, 1, false, needed, false))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> EngineConfig.requireMemory(narrow, 0, 8, 1, false, needed - 1, false))
        .isInstanceOf(UserException.class);
    // with the ghosts that may wake, whose biases go by the scores of all micro-batches
    GhostConfig two = GhostFixture.config(narrow, 2, new GhostTrigger.Steps(List.of(3L)), 10, 100);
    long awake = MemoryPlan.of(narrow, 2, 8, 4, false).totalBytes();
    assertThat(awake).isGreaterThan(MemoryPlan.of(narrow.withExperts(6), 8).totalBytes());
    assertThatCode(
            () ->
                EngineConfig.requireMemory(
                    narrow, EngineConfig.ghostsToHold(two, 0), 8, 4, false, awake, false))
        .doesNotThrowAnyException();
    assertThatThrownBy(
            () ->
                EngineConfig.requireMemory(
                    narrow, EngineConfig.ghostsToHold(two, 0), 8, 4, false, awake - 1, true))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("the GPU has")
        .hasMessageNotContaining("-Xmx");
    TrainSettings impossible = oneStep("a").with(OptimizationSettings.BATCH_SIZE, 1 << 20).build();
    assertThatThrownBy(() -> GhostMoE.train(impossible, TrainListener.SILENT))
        .hasMessageContaining("lower --batch-size 1048576");
    assertThat(fixture.run("a").path()).doesNotExist();
  }

  @Test
  void anExistingRunIsRefusedUnlessItIsToBeOverwritten() throws IOException {
    fixture.train(fixture.settings("a"));
    byte[] summary = Files.readAllBytes(fixture.run("a").summary());
    assertThatThrownBy(() -> fixture.train(oneStep("a")))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageContainingAll("a exists", "--resume", "--overwrite");
    assertThat(fixture.run("a").summary()).hasBinaryContent(summary);
    RunSummary replaced = fixture.train(oneStep("a").with(RunSettings.OVERWRITE, true));
    assertThat(replaced.steps()).isEqualTo(1);
    assertThat(Files.readAllLines(fixture.run("a").metrics())).hasSize(1);
    assertThat(fixture.checkpointFile("a", 12, "state.json")).doesNotExist();
  }

  @Test
  void overwritingARunThatCannotBeginLeavesItAsItWas() throws IOException {
    fixture.train(fixture.settings("a"));
    byte[] summary = Files.readAllBytes(fixture.run("a").summary());
    SettingsBuilder<TrainSettings> wrong =
        oneStep("a")
            .with(RunSettings.OVERWRITE, true)
            .with(DataSettings.DATASET, folder.resolve("typo.jsonl").toString());
    assertThatThrownBy(() -> fixture.train(wrong)).isInstanceOf(UserException.class);
    assertThat(fixture.run("a").summary()).hasBinaryContent(summary);
    assertThat(fixture.checkpointFile("a", 12, "state.json")).exists();
  }

  @Test
  void aFailedStartLeavesNoFolder() throws IOException {
    SettingsBuilder<TrainSettings> typo =
        oneStep("a").with(DataSettings.DATASET, folder.resolve("typo.jsonl").toString());
    assertThatThrownBy(() -> fixture.train(typo))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("typo.jsonl");
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> fixture.train(oneStep("a").with(RunSettings.TRACE, file)))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--trace");
    assertThatThrownBy(() -> fixture.train(oneStep("a").with(RunSettings.DEVICE, "cuda")))
        .isInstanceOf(UserException.class);
    TrainSettings unnamed = typo.withAuto(RunSettings.RUN).build();
    assertThatThrownBy(() -> GhostMoE.train(unnamed, TrainListener.SILENT))
        .isInstanceOf(UserException.class);
    assertThat(fixture.runs).isEmptyDirectory();
  }

  @Test
  void aRunThatAnotherIsPreparingIsLeftAlone() {
    List<Throwable> refusals = new ArrayList<>();
    TrainListener meanwhile =
        new TrainListener() {
          @Override
          public void onPrepare(PrepareProgress progress) {
            if (refusals.isEmpty()) {
              try {
                fixture.train(oneStep("a"));
              } catch (UserException e) {
                refusals.add(e);
              }
            }
          }
        };
    assertThat(GhostMoE.train(oneStep("a").build(), meanwhile).steps()).isEqualTo(1);
    assertThat(refusals).hasSize(1);
    assertThat(refusals.getFirst()).hasMessageContaining("is being written by another process");
  }

  @Test
  void anEvaluationThatWouldScoreNothingIsRefusedBeforeTheFirstStep() throws IOException {
    Path eval = folder.resolve("eval.jsonl");
    Files.writeString(
        eval, "{\"question\": \"%s\", \"answer\": \"4\"}\n".formatted("long ".repeat(20)));
    List<RunStart> starts = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void onStart(RunStart start) {
            starts.add(start);
          }
        };
    TrainSettings settings =
        oneStep("a")
            .with(DataSettings.EVAL_FILE, eval)
            .with(DataSettings.BATCHING, "padded")
            .with(DataSettings.LOSS_ON, "answer")
            .build();
    assertThatThrownBy(() -> GhostMoE.train(settings, listener))
        .isInstanceOf(UserException.class)
        .hasMessageContainingAll("evaluation", "--max-seq-length", "--loss-on all");
    assertThat(starts).isEmpty();
    assertThat(fixture.run("a").path()).doesNotExist();
  }

  @Test
  void aPreparationThatIsInterruptedLeavesNoRun() {
    TrainListener stopped =
        new TrainListener() {
          @Override
          public boolean cancelled() {
            return true;
          }
        };
    assertThatThrownBy(() -> GhostMoE.train(oneStep("a").build(), stopped))
        .isInstanceOf(CancellationException.class);
    assertThat(fixture.run("a").path()).doesNotExist();
  }
}
