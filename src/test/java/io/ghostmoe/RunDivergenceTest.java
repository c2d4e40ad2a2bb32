package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.SafetensorsEntry;
import io.ghostmoe.checkpoint.SafetensorsReader;
import io.ghostmoe.device.Device;
import io.ghostmoe.train.StepMetrics;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a learning rate beyond all reason does: one line, and weights that can be used. */
class RunDivergenceTest {
  @TempDir Path folder;
  private RunFixture fixture;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
  }

  /** A first update that leaves huge weights, or none that are numbers. */
  private SettingsBuilder<TrainSettings> exploding(double learningRate, double decay) {
    return fixture
        .settings("a")
        .with(OptimizationSettings.LEARNING_RATE, learningRate)
        .with(OptimizationSettings.WEIGHT_DECAY, decay)
        .with(OptimizationSettings.SCHEDULE, "constant")
        .with(OptimizationSettings.WARMUP_STEPS, 0);
  }

  private void assertStops(SettingsBuilder<TrainSettings> settings, String kept) {
    assertThatThrownBy(() -> GhostMoE.train(settings.build(), TrainListener.SILENT))
        .isInstanceOfSatisfying(
            UserException.class,
            e -> assertThat(e.kind()).isEqualTo(UserException.Kind.ENVIRONMENT))
        .hasMessageContainingAll("training stopped", kept, "lower --learning-rate");
  }

  @ParameterizedTest
  @CsvSource({
    "1e30, 0.1, the last checkpoint is that of step 1",
    "1e36, 1e6, no checkpoint had been saved yet"
  })
  void aRunThatWouldDivergeStopsAndKeepsTheLastGoodState(
      double learningRate, double decay, String kept) throws IOException {
    assertStops(exploding(learningRate, decay).with(RunSettings.SAVE_EVERY, 1), kept);
    assertEveryCheckpointIsFinite();
  }

  @ParameterizedTest
  @CsvSource({"1e30, 0.1", "1e36, 1e6"})
  void aRunThatDivergesInItsLastEvaluationIsNoSuccess(double learningRate, double decay)
      throws IOException {
    assertStops(
        exploding(learningRate, decay).with(OptimizationSettings.MAX_STEPS, 1),
        "no checkpoint had been saved yet");
    assertThat(fixture.run("a").checkpoints().resolve("best")).doesNotExist();
    assertThat(fixture.run("a").summary()).doesNotExist();
  }

  @Test
  void aRunThatOnlyGetsWorseIsStoppedAfterTenSteps() {
    List<Long> steps = new ArrayList<>();
    TrainSettings worsening = exploding(3, 0).with(OptimizationSettings.MAX_STEPS, 100).build();
    assertThatThrownBy(
            () ->
                GhostMoE.train(
                    worsening,
                    new TrainListener() {
                      @Override
                      public void onStep(StepMetrics metrics) {
                        steps.add(metrics.step());
                      }
                    }))
        .isInstanceOf(UserException.class)
        .hasMessageContainingAll("ten losses running were over twice the first", "checkpoint");
    assertThat(steps).hasSizeBetween(10, 40);
  }

  private void assertEveryCheckpointIsFinite() throws IOException {
    List<Path> models;
    try (Stream<Path> files = Files.walk(fixture.run("a").path())) {
      models = files.filter(file -> file.endsWith("model.safetensors")).toList();
    }
    for (Path model : models) {
      assertFinite(model);
    }
    if (!models.isEmpty()) {
      try (TrainedModel trained = GhostMoE.load(fixture.run("a"), "latest", Device.Choice.CPU, 2)) {
        assertThat(trained.settings().get(RunSettings.RUN)).isEqualTo("a");
      }
    }
  }

  private static void assertFinite(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsReader reader = SafetensorsReader.open(file, arena);
      for (SafetensorsEntry entry : reader.entries()) {
        float[] values = new float[(int) entry.elements()];
        reader.read(entry.name(), values);
        for (float value : values) {
          assertThat(Float.isFinite(value)).as("%s holds %s", entry.name(), value).isTrue();
        }
      }
    }
  }
}
