package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.train.EvaluationMetrics;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.StepMetrics;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A run that is asked to stop saves, says so, and can be taken up. */
class RunInterruptTest {
  @TempDir Path folder;
  private RunFixture fixture;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
  }

  @Test
  void anInterruptedRunSavesAndReportsInterrupted() throws IOException {
    List<Long> saved = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          private boolean stop;

          @Override
          public void onStep(StepMetrics metrics) {
            stop = metrics.step() == 5;
          }

          @Override
          public void onCheckpoint(long step, boolean best) {
            saved.add(step);
          }

          @Override
          public boolean cancelled() {
            return stop;
          }
        };
    RunSummary summary = GhostMoE.train(fixture.settings("a").build(), listener);
    assertThat(summary.interrupted()).isTrue();
    assertThat(summary.steps()).isEqualTo(5);
    assertThat(summary.finalEvalLoss()).isNaN();
    assertThat(saved).containsExactly(3L, 4L, 5L); // by plan, the best, the stop
    assertThat(fixture.run("a").checkpoints().resolve("latest")).hasContent("step-00000005\n");
    assertThat(Files.readAllLines(fixture.run("a").metrics())).hasSize(5);
    JsonNode json = RunFixture.json(fixture.run("a").summary());
    assertThat(json.get("interrupted").asBoolean()).isTrue();
    assertThat(json.get("final_eval_loss").isNull()).isTrue();
  }

  @Test
  void aRunStoppedBeforeItsFirstStepCanBeTakenUp() throws IOException {
    RunSummary summary = GhostMoE.train(fixture.settings("a").build(), RunFixture.stoppingAfter(0));
    assertThat(summary.interrupted()).isTrue();
    assertThat(summary.steps()).isZero();
    assertThat(fixture.run("a").checkpoints().resolve("latest")).hasContent("step-00000000\n");
    assertThat(fixture.resume("a", TrainListener.SILENT).steps()).isEqualTo(12);
  }

  @Test
  void aRunStoppedInItsLastEvaluationIsInterruptedAndEvaluatedWhenTakenUp() throws IOException {
    RunSummary summary =
        GhostMoE.train(fixture.settings("a").build(), RunFixture.stoppingAfter(12));
    assertThat(summary.interrupted()).isTrue();
    assertThat(summary.steps()).isEqualTo(12);
    List<Double> losses = new ArrayList<>();
    RunSummary resumed =
        fixture.resume(
            "a",
            new TrainListener() {
              @Override
              public void onEvaluation(EvaluationMetrics evaluation) {
                losses.add(evaluation.loss());
              }
            });
    assertThat(resumed.interrupted()).isFalse();
    assertThat(losses).containsExactly(resumed.finalEvalLoss());
    assertThat(Files.readAllLines(fixture.run("a").metrics())).hasSize(12);
  }
}
