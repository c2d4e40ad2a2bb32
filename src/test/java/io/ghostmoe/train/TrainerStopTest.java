package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.Checkpoint;
import io.ghostmoe.checkpoint.CheckpointStore;
import io.ghostmoe.checkpoint.TrainState;
import io.ghostmoe.checkpoint.TrainingCheckpoint;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept where numbers end in the middle of a run. */
class TrainerStopTest {
  private static final TrainPlan PLAN = new TrainPlan(9, 1, 1, 9, 2);

  @TempDir Path folder;

  /** Trains, spoiling a value of the head after step 5. */
  private void assertStops(Backend backend, OddRun run, float value, String... words) {
    CheckpointStore store = new CheckpointStore(folder.resolve("checkpoints"), 2);
    TrainListener spoiler =
        new TrainListener() {
          @Override
          public void onStep(StepMetrics metrics) {
            if (metrics.step() == 5) {
              spoil(backend, run, value);
            }
          }
        };
    Trainer trainer =
        new Trainer(
            run.step(),
            run.source(),
            List.of(),
            PLAN,
            store,
            Optional.empty(),
            spoiler,
            new RunIdentity("", ""));
    try (MetricsFile metrics = MetricsFile.open(folder.resolve("metrics.jsonl"))) {
      assertThatThrownBy(() -> trainer.run(metrics))
          .isInstanceOfSatisfying(
              UserException.class,
              e -> assertThat(e.kind()).isEqualTo(UserException.Kind.ENVIRONMENT))
          .hasMessageContainingAll(words);
    }
  }

  private static void spoil(Backend backend, OddRun run, float value) {
    Tensor head = run.step().model().registry().entries().getLast().slices().getFirst();
    float[] values = new float[head.elements()];
    backend.read(head, values);
    values[3] = value;
    backend.write(values, head);
  }

  @Test
  void aPoisonedWeightStopsTheRunAndTheCheckpointBeforeItIsWhole() {
    try (Backend backend = new VectorBackend(2);
        OddRun run = new OddRun(backend, OddRun.TINY, 2)) {
      assertStops(
          backend, run, Float.NaN, "step 6: the loss is NaN", "last checkpoint is that of step 4");
      Checkpoint kept =
          new CheckpointStore(folder.resolve("checkpoints"), 2).latest().orElseThrow();
      TrainState state =
          TrainingCheckpoint.load(kept, run.step().model(), run.step().optimizer(), backend);
      assertThat(state.step()).isEqualTo(4);
      assertThat(run.step().weightsAreFinite()).isTrue();
      assertThat(state.batch()).isEqualTo(4);
    }
  }

  @Test
  void weightsAreFiniteOnlyWithoutNanAndInfinities() {
    try (Backend backend = new VectorBackend(1);
        OddRun run = new OddRun(backend, OddRun.TINY, 2)) {
      for (float value :
          new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
        assertThat(run.step().weightsAreFinite()).isTrue();
        spoil(backend, run, value);
        assertThat(run.step().weightsAreFinite()).as("with %s", value).isFalse();
        spoil(backend, run, Float.MAX_VALUE);
      }
    }
  }
}
