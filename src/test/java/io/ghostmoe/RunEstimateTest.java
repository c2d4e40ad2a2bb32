package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.Estimate.Length;
import io.ghostmoe.Estimate.Memory;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.model.MemoryPlan;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.train.RunStart;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An estimate says before a run what the run says of itself afterwards. */
class RunEstimateTest {
  @TempDir Path folder;
  private RunFixture fixture;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
  }

  private static Estimate unmeasured(TrainSettings settings) {
    return GhostMoE.estimate(settings, false, () -> false);
  }

  private void prepare(TrainSettings settings) {
    GhostMoE.prepare(settings.prepare(), PrepareListener.SILENT).close();
  }

  @ParameterizedTest
  @CsvSource({"packed, all, 1", "padded, answer, 3"})
  void parametersStepsAndTokensAreThoseOfTheRun(String batching, String lossOn, int accumulation) {
    TrainSettings settings =
        fixture
            .settings("a")
            .withAuto(OptimizationSettings.MAX_STEPS)
            .withAuto(RunSettings.EVAL_EVERY)
            .withAuto(RunSettings.SAVE_EVERY)
            .with(OptimizationSettings.EPOCHS, 2)
            .with(OptimizationSettings.GRAD_ACCUMULATION, accumulation)
            .with(DataSettings.BATCHING, batching)
            .with(DataSettings.LOSS_ON, lossOn)
            .build();
    prepare(settings);
    Estimate estimate = unmeasured(settings);
    long[] activeAtStart = {0};
    RunSummary summary =
        GhostMoE.train(
            settings,
            new TrainListener() {
              @Override
              public void onStart(RunStart start) {
                activeAtStart[0] = start.activeParameters();
              }
            });
    assertThat(estimate.parameters()).isEqualTo(summary.parameters());
    assertThat(estimate.activeParameters()).isEqualTo(activeAtStart[0]);
    Length length = estimate.length();
    assertThat(length.prepared()).isTrue();
    assertThat(length.steps()).contains(summary.steps());
    assertThat(length.tokensPerStep()).isEqualTo(2L * 33 * accumulation);
    // whole epochs give all tokens; the last step may reach into one epoch more
    assertThat((double) length.tokens().get())
        .isBetween(0.95 * summary.tokens(), 1.05 * summary.tokens());
    assertThat(length.epochs().get()).isBetween(2.0, 2.5);
    assertThat(estimate.time()).isEmpty();
  }

  @Test
  void theLengthIsUnknownBeforeTheDataArePreparedUnlessItIsGiven() throws IOException {
    SettingsBuilder<TrainSettings> settings = fixture.settings("a");
    Length given = unmeasured(settings.build()).length();
    assertThat(given.prepared()).isFalse();
    assertThat(given.steps()).contains(12L);
    assertThat(given.tokens()).isEmpty();
    Length open = unmeasured(settings.withAuto(OptimizationSettings.MAX_STEPS).build()).length();
    assertThat(open.steps()).isEmpty();
    assertThat(open.epochs()).isEmpty();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).as("an estimate writes nothing").containsExactly(fixture.dataset);
    }
  }

  @Test
  void aChangedFileIsNotPreparedYet() throws IOException {
    TrainSettings settings = fixture.settings("a").build();
    prepare(settings);
    assertThat(unmeasured(settings).length().prepared()).isTrue();
    fixture.writeRows(31);
    assertThat(unmeasured(settings).length().prepared()).isFalse();
    Files.delete(fixture.dataset);
    assertThatThrownBy(() -> unmeasured(settings))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("rows.jsonl: no such file");
  }

  @Test
  void theMemoryIsThePlansByPartWithAllGhostsThatMayWake() {
    SettingsBuilder<TrainSettings> settings =
        fixture
            .settings("a")
            .with(GhostSettings.NUM_GHOST_EXPERTS, 2)
            .with(GhostSettings.GHOST_TRIGGER, "step:4");
    ModelConfig model = EngineConfig.model(settings.build(), 257);
    Estimate woken = unmeasured(settings.build());
    assertThat(woken.memory().total()).isEqualTo(MemoryPlan.of(model, 2, 2, 1, false).totalBytes());
    assertThat(woken.awakeParameters())
        .isEqualTo(MemoryPlan.parameters(model.withExperts(5)))
        .isGreaterThan(woken.parameters());
    assertThat(woken.memory().gradients()).isEqualTo(4 * woken.awakeParameters());
    assertThat(woken.memory().moments()).isEqualTo(8 * woken.awakeParameters());
    assertThat(woken.memory().weights())
        .isBetween(4 * woken.awakeParameters(), 4 * woken.awakeParameters() + 1000);
    Estimate asleep = unmeasured(settings.with(GhostSettings.GHOST_TRIGGER, "never").build());
    assertThat(asleep.memory().total())
        .isEqualTo(MemoryPlan.of(model, 0, 2, 1, false).totalBytes());
    Estimate checkpointed =
        unmeasured(settings.with(RunSettings.ACTIVATION_CHECKPOINTING, true).build());
    assertThat(checkpointed.memory().total())
        .isEqualTo(MemoryPlan.of(model, 0, 2, 1, true).totalBytes());
    assertThat(asleep.memory().fits()).isTrue();
    assertThat(asleep.memory().available()).isEqualTo(Runtime.getRuntime().maxMemory());
    assertThat(asleep.memory().machine()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(longs = {20L << 20, 100L << 20, 3L << 30, 1L << 45})
  void theLargestBatchSizeFitsAndOneMoreDoesNot(long available) {
    ModelConfig model = new ModelConfig(257, 64, 32, 2, 4, 4, 2, 128, 0, 0, 0);
    int rows = Estimator.largestBatchSize(model, 1, 2, false, available);
    assertThat(rows).isPositive();
    assertThat(MemoryPlan.of(model, 1, rows, 2, false).totalBytes()).isLessThanOrEqualTo(available);
    boolean tooLarge = (rows + 1L) * 64 * 2 * 128 > Integer.MAX_VALUE;
    assertThat(tooLarge || MemoryPlan.of(model, 1, rows + 1, 2, false).totalBytes() > available)
        .isTrue();
    assertThat(Estimator.largestBatchSize(model, 1, 2, false, 1 << 20)).as("nothing fits").isZero();
  }

  @Test
  void aRunThatDoesNotFitIsNotMeasured() {
    Estimate estimate =
        GhostMoE.estimate(
            fixture
                .settings("a")
                .with(ModelSettings.EMBED_DIM, 8192)
                .with(ModelSettings.NUM_LAYERS, 64)
                .with(ModelSettings.NUM_EXPERTS, 64)
                .build());
    Memory memory = estimate.memory();
    assertThat(memory.fits()).isFalse();
    assertThat(memory.largestBatchSize()).isZero();
    assertThat(estimate.time()).isEmpty();
  }

  @Test
  void theTimeComesFromStepsThatWereRun() {
    TrainSettings settings = fixture.settings("a").with(RunSettings.EVAL_EVERY, 5).build();
    Estimate random = GhostMoE.estimate(settings);
    assertThat(random.time().get().measurement().ownData()).isFalse();
    assertThat(random.time().get().evaluationSeconds()).isEmpty();
    prepare(settings);
    Estimate.Time time = GhostMoE.estimate(settings).time().get();
    assertThat(time.measurement().ownData()).isTrue();
    assertThat(time.measurement().rows()).isEqualTo(2);
    assertThat(time.measurement().steps()).isGreaterThan(1);
    assertThat(time.measurement().device()).startsWith("cpu");
    assertThat(time.stepSeconds()).isPositive();
    assertThat(time.trainSeconds().get()).isEqualTo(12 * time.stepSeconds());
    assertThat(time.evaluations()).isEqualTo(3);
    assertThat(time.totalSeconds().get())
        .isEqualTo(time.trainSeconds().get() + 3 * time.evaluationSeconds().get());
  }

  @Test
  void aMeasurementCanBeStopped() {
    TrainSettings settings = fixture.settings("a").build();
    assertThatThrownBy(() -> GhostMoE.estimate(settings, true, () -> true))
        .isInstanceOf(CancellationException.class);
  }
}
