package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.Checkpoint;
import io.ghostmoe.checkpoint.CheckpointStore;
import io.ghostmoe.checkpoint.TrainState;
import io.ghostmoe.checkpoint.TrainingCheckpoint;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.moe.ghost.Wake;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ghosts that are awake, through a checkpoint. */
class GhostCheckpointTest {
  private static final int ROWS = 2;
  private static final int WAKE = 3;

  private final Backend backend = new VectorBackend(2);

  @TempDir Path folder;

  @AfterEach
  void close() {
    backend.close();
  }

  private static ModelConfig model(int topK) {
    return new ModelConfig(1003, 67, 44, 2, 4, 5, topK, 93, 0, 0, 0);
  }

  private static GhostConfig ghosts(ModelConfig model, int count) {
    return GhostFixture.config(model, count, new GhostTrigger.Steps(List.of((long) WAKE)), 10, 100);
  }

  private Checkpoint save(OddRun run, int steps) {
    CheckpointStore store = new CheckpointStore(folder, 1);
    TrainingCheckpoint.save(
        store,
        run.model(),
        run.optimizer(),
        backend,
        new TrainState(
            TrainState.VERSION,
            steps,
            0,
            0,
            0,
            0,
            0,
            List.of(),
            null,
            0,
            false,
            "",
            null,
            null,
            TrainingCheckpoint.updates(run.optimizer()),
            run.step().ghosts().progress()));
    return store.latest().orElseThrow();
  }

  private void load(Checkpoint checkpoint, OddRun run) {
    TrainState state = TrainingCheckpoint.load(checkpoint, run.model(), run.optimizer(), backend);
    run.step().ghosts().resume(state.ghosts());
  }

  @ParameterizedTest(name = "top-{0}")
  @ValueSource(ints = {1, 2})
  void aModelThatIsOnlyLoadedSaysWhatTheTrainedOneSaysInMidRamp(int topK) {
    ModelConfig model = model(topK);
    try (OddRun run = new OddRun(backend, model, ROWS, ghosts(model, 1));
        Transformer loaded = new Transformer(model, backend, 1, false)) {
      run.train(0, WAKE + 2); // a clone so young that it may not share a token with its parent
      var _ = TrainingCheckpoint.loadWeights(save(run, WAKE + 2), loaded, backend);
      assertThat(loaded.moeLayers()).allMatch(layer -> layer.awake() == 6);
      assertThat(run.logitsOf(loaded)).isEqualTo(run.logitsOf(run.model()));
    }
  }

  /** Such a checkpoint is taken where the loss of a step is not a number, for example. */
  @Test
  void aStepThatFailedAfterItsGhostHadWokenIsDoneAgainToTheSameBits() {
    ModelConfig model = model(2);
    try (OddRun failed = new OddRun(backend, model, ROWS, ghosts(model, 1));
        OddRun resumed = new OddRun(backend, model, ROWS, ghosts(model, 1));
        OddRun straight = new OddRun(backend, model, ROWS, ghosts(model, 1))) {
      failed.train(0, WAKE);
      var _ = failed.gradients(WAKE);
      load(save(failed, WAKE), resumed);
      TrainingStep.Gradients found = resumed.gradients(WAKE);
      assertThat(found.wakes()).extracting(Wake::layer).containsExactly(0, 1);
      resumed.step().update(found);
      resumed.train(WAKE + 1, WAKE + 3);
      straight.train(0, WAKE + 3);
      assertThat(OddRun.digest(resumed.weights())).isEqualTo(OddRun.digest(straight.weights()));
    }
  }

  @Test
  void ghostsOfAnotherConfigurationAreRefused() {
    ModelConfig model = model(2);
    GhostConfig one = ghosts(model, 1);
    try (OddRun run = new OddRun(backend, model, ROWS, one);
        OddRun two = new OddRun(backend, model, ROWS, ghosts(model, 2));
        OddRun narrow = new OddRun(backend, model, ROWS, GhostFixture.withWindow(one, 2))) {
      run.train(0, 9);
      Checkpoint checkpoint = save(run, 9);
      for (OddRun other : List.of(two, narrow)) {
        assertThatThrownBy(() -> load(checkpoint, other))
            .isInstanceOf(UserException.class)
            .hasMessageContaining("do not belong to this configuration")
            .hasMessageContaining("config.json");
      }
    }
  }
}
