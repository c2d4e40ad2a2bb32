package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.generate.Sampling;
import io.ghostmoe.train.Profile;
import io.ghostmoe.train.RunFolder;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.StepMetrics;
import io.ghostmoe.train.TrainListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine in somebody else's program. */
class EmbeddingTest {
  @TempDir Path folder;
  private RunFixture fixture;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
  }

  @AfterEach
  void takeTheFlagDown() {
    Thread.interrupted(); // what a test leaves must not reach the next
  }

  /** Interrupts the thread that trains, after a step, as {@code Future.cancel(true)} would. */
  private static TrainListener interruptingAfter(long step) {
    return new TrainListener() {
      @Override
      public void onStep(StepMetrics metrics) {
        if (metrics.step() == step) {
          Thread.currentThread().interrupt();
        }
      }
    };
  }

  @Test
  void aRunIsTrainedOpenedAskedAndMeasuredInAFewCalls() {
    RunSummary summary = GhostMoE.train(fixture.settings("a").build());
    try (TrainedModel model = GhostMoE.load(summary.folder())) {
      assertThat(model.step()).isEqualTo(12);
      String prompt = TrainedModel.question("xx3");
      assertThat(model.generate(prompt, 5, Sampling.GREEDY))
          .isEqualTo(model.generate(prompt, 5, Sampling.GREEDY));
      assertThat(model.evaluate(EvaluationRequest.OWN_SPLIT, EvaluationListener.SILENT).loss())
          .isEqualTo(summary.finalEvalLoss());
    }
  }

  @Test
  void nothingIsPrinted() {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (PrintStream both = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      System.setOut(both);
      System.setErr(both);
      RunSummary summary = GhostMoE.train(fixture.settings("a").build());
      GhostMoE.load(summary.folder()).close();
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void anInterruptMakesTheRunSaveAndReturnAndTheFlagStays() {
    // steps 3 and 4 are saved by plan, 4 is evaluated: the flag must not close the files of either
    for (long step = 2; step <= 5; step++) {
      RunSummary summary =
          GhostMoE.train(fixture.settings("run" + step).build(), interruptingAfter(step));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(summary.interrupted()).isTrue();
      assertThat(summary.steps()).isEqualTo(step);
      RunSummary whole = GhostMoE.resume(summary.folder(), TrainListener.SILENT);
      assertThat(whole.interrupted()).isFalse();
      assertThat(whole.steps()).isEqualTo(12);
    }
  }

  @Test
  void aThreadThatIsInterruptedBeforehandBeginsNothing() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> GhostMoE.train(fixture.settings("a").build()))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(fixture.run("a").path()).doesNotExist();
  }

  @Test
  void aFinishedRunIsNotResumed() {
    RunFolder run = GhostMoE.train(fixture.settings("a").build()).folder();
    assertThatThrownBy(() -> GhostMoE.resume(run, TrainListener.SILENT))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("the run is finished: all 12 steps are done");
  }

  @Test
  void aBuilderRefusesWhatItsCommandDoesNotHave() {
    assertThatThrownBy(() -> PrepareSettings.builder().with(ModelSettings.EMBED_DIM, 64))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the command has no setting embed_dim");
    assertThatThrownBy(() -> EvalSettings.builder().with(Presets.quickstart()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> EvalSettings.builder().with(EvalSettings.SAMPLES, -1))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith("--samples -1: must be");
  }

  @Test
  void aLayerLiesOverWhatWasSetBefore() {
    TrainSettings settings =
        TrainSettings.builder()
            .with(ModelSettings.EMBED_DIM, 12)
            .with(Presets.quickstart())
            .with(RunSettings.SAMPLES, 1)
            .build();
    assertThat(settings.get(ModelSettings.EMBED_DIM)).isEqualTo(64);
    assertThat(settings.get(RunSettings.SAMPLES)).isEqualTo(1);
    assertThat(settings.toBuilder().build()).isEqualTo(settings);
  }

  @Test
  void dataArePreparedWithoutARun() {
    PrepareSettings settings =
        PrepareSettings.builder()
            .with(DataSettings.DATASET, folder.resolve("rows.jsonl").toString())
            .with(DataSettings.CACHE_DIR, folder.resolve("cache"))
            .with(DataSettings.TOKENIZER, "byte")
            .build();
    try (PreparedDataset data = GhostMoE.prepare(settings, PrepareListener.SILENT)) {
      assertThat(data.train().documents() + data.eval().documents()).isEqualTo(30);
    }
  }

  @Test
  void aRunIsFoundByItsFolder() {
    RunFolder run = GhostMoE.train(fixture.settings("a").build()).folder();
    assertThat(RunFolder.at(run.path()).config()).isEqualTo(run.config().toAbsolutePath());
    assertThatThrownBy(() -> RunFolder.at(Path.of("/"))).isInstanceOf(UserException.class);
    assertThatThrownBy(() -> GhostMoE.load(RunFolder.at(folder.resolve("runs/b"))))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("did you mean --run a?");
  }

  @Test
  void aQuestionIsPutIntoTheFormOfTrainingAndAPromptIsNot() {
    assertThat(
            GenerateSettings.builder().with(SamplingSettings.QUESTION, "3 + 4?").build().prompt())
        .isEqualTo("Question: 3 + 4?\nAnswer:");
    assertThat(GenerateSettings.builder().with(SamplingSettings.PROMPT, "3 + 4?").build().prompt())
        .isEqualTo("3 + 4?");
    assertThatThrownBy(
            () ->
                GenerateSettings.builder()
                    .with(SamplingSettings.QUESTION, "3 + 4?")
                    .with(SamplingSettings.INTERACTIVE, true)
                    .build())
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith("--question and --interactive contradict each other");
  }

  @Test
  void aRunOfAStepOrTwoSaysSo() {
    List<String> notes = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void onNote(String line) {
            notes.add(line);
          }
        };
    GhostMoE.train(
        fixture.settings("a").withAuto(OptimizationSettings.MAX_STEPS).build(), listener);
    assertThat(notes).anyMatch(note -> note.startsWith("steps: only "));
    notes.clear();
    GhostMoE.train(fixture.settings("b").build(), listener);
    assertThat(notes).noneMatch(note -> note.startsWith("steps: only "));
  }

  @Test
  void aWatchedRunTellsOfItsSecondHalfAndComesToTheSameBits() {
    List<Profile> profiles = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void onProfile(Profile profile) {
            profiles.add(profile);
          }
        };
    RunSummary watched =
        GhostMoE.train(fixture.settings("a").with(RunSettings.PROFILE, true).build(), listener);
    RunSummary plain = GhostMoE.train(fixture.settings("b").build(), listener);
    assertThat(watched.finalEvalLoss()).isEqualTo(plain.finalEvalLoss());
    assertThat(profiles).hasSize(1);
    assertThat(profiles.getFirst().lines())
        .filteredOn(line -> line.operation().equals("linearCrossEntropyGradients"))
        .extracting(Profile.Line::calls)
        .containsExactly(6L); // of twelve steps
  }
}
