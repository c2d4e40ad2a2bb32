package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.RunInspection.GhostInfo;
import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.data.batch.TrainingBatches;
import io.ghostmoe.device.Device;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A run that starts from the weights of another, and from nothing else of it. */
class RunInitTest {
  @TempDir Path folder;
  private RunFixture fixture;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
  }

  /** A run in which a ghost of two wakes: its ramp ends before the run's twelve steps, or not. */
  private void trainBase(int rampSteps) {
    fixture.train(
        fixture
            .settings("base")
            .with(GhostSettings.NUM_GHOST_EXPERTS, 2)
            .with(GhostSettings.GHOST_TRIGGER, "step:4")
            .with(GhostSettings.GHOST_RAMP_STEPS, rampSteps)
            .with(OptimizationSettings.LEARNING_RATE, 0.02)
            .with(RunSettings.KEEP_CHECKPOINTS, 9));
  }

  /** What a user would set; nothing of the model. */
  private SettingValues tuning(String run) {
    return SettingValues.NONE
        .with(DataSettings.DATASET, fixture.dataset.toString())
        .with(DataSettings.CACHE_DIR, folder.resolve("cache"))
        .with(OptimizationSettings.BATCH_SIZE, 3)
        .with(OptimizationSettings.MAX_STEPS, 12)
        .with(OptimizationSettings.WARMUP_STEPS, 2)
        .with(GhostSettings.GHOST_TRIGGER, "never")
        .with(GhostSettings.GHOST_RAMP_STEPS, 6)
        .with(RunSettings.EVAL_EVERY, 4)
        .with(RunSettings.SAVE_EVERY, 3)
        .with(RunSettings.KEEP_CHECKPOINTS, 9)
        .with(RunSettings.RUNS_DIR, fixture.runs)
        .with(RunSettings.RUN, run)
        .with(RunSettings.THREADS, 2)
        .with(RunSettings.SEED, 7L)
        .with(ModelSettings.INIT_FROM, "base");
  }

  private static TrainSettings layered(SettingValues values) {
    return TrainSettings.layered(Optional.empty(), values);
  }

  private RunSummary tune(SettingValues values) {
    return GhostMoE.train(layered(values), TrainListener.SILENT);
  }

  private void refused(SettingValues values, String... expected) {
    assertThatThrownBy(() -> tune(values))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageContainingAll(expected)
        .message()
        .doesNotContain("\n");
    assertThat(fixture.run("b").path()).as("a run that never began").doesNotExist();
  }

  /** The base's own loss on the batch that the tuned run sees first. */
  private double baseLossOnFirstBatch(SettingValues values, String checkpoint) throws IOException {
    TrainSettings settings = layered(values);
    try (PreparedDataset data = GhostMoE.prepare(settings.prepare(), PrepareListener.SILENT);
        TrainedModel model = GhostMoE.load(fixture.run("base"), checkpoint, Device.Choice.CPU, 1)) {
      Batch first =
          new TrainingBatches(
                  data.train(),
                  EngineConfig.batches(settings, data.tokenizer()),
                  settings.get(RunSettings.SEED))
              .next();
      return model.loss(List.of(first));
    }
  }

  /** The last ramp is under way at step 12, as a clone that shares its parent's slot. */
  @ParameterizedTest
  @CsvSource({"5, latest", "40, latest", "5, 6", "40, 3"})
  void theFirstLossIsTheBasesLossOnThatBatch(int rampSteps, String checkpoint) throws IOException {
    trainBase(rampSteps);
    SettingValues values = tuning("b").with(ModelSettings.INIT_CHECKPOINT, checkpoint);
    double expected = baseLossOnFirstBatch(values, checkpoint);
    assertThat(tune(values).firstLoss()).isEqualTo(expected).isNotNaN();
  }

  @Test
  void theModelsSettingsAreTheBasesAndTheOthersAreNot() throws IOException {
    fixture.train(
        fixture
            .settings("base")
            .with(ModelSettings.DROPOUT, 0.25)
            .with(ModelSettings.Z_LOSS, 0.5)
            .with(GhostSettings.NUM_GHOST_EXPERTS, 1)
            .with(OptimizationSettings.LEARNING_RATE, 0.02));
    tune(tuning("b").with(ModelSettings.DROPOUT, 0.0).withAuto(ModelSettings.EXPERT_HIDDEN));
    JsonNode config = RunFixture.json(fixture.run("b").config());
    assertThat(config.get("tokenizer").stringValue()).isEqualTo("byte");
    assertThat(config.get("max_seq_length").intValue()).isEqualTo(33);
    assertThat(config.get("embed_dim").intValue()).isEqualTo(12);
    assertThat(config.get("num_experts").intValue()).isEqualTo(3);
    assertThat(config.get("expert_hidden").intValue()).isEqualTo(19);
    assertThat(config.get("num_ghost_experts").intValue()).isEqualTo(1);
    assertThat(config.get("z_loss").doubleValue()).isEqualTo(0.5);
    assertThat(config.get("dropout").doubleValue()).as("given").isZero();
    assertThat(config.get("learning_rate").doubleValue()).isEqualTo(0.001);
    assertThat(config.get("init_from").stringValue()).isEqualTo("base");
    assertThat(config.get("init_checkpoint").stringValue()).isEqualTo("12");
    assertThat(RunFixture.json(fixture.run("base").config()).get("init_from").isNull()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "embed_dim, 16, 12",
    "num_layers, 3, 2",
    "num_heads, 3, 2",
    "num_experts, 4, 3",
    "top_k, 1, 2",
    "expert_hidden, 20, 19",
    "max_seq_length, 32, 33",
    "tokenizer, gpt2, byte",
  })
  void aSettingThatContradictsTheModelIsRefused(String name, String value, String own) {
    fixture.train(fixture.settings("base"));
    Setting<?> setting = TrainSettings.TABLE.find(name).orElseThrow();
    refused(
        tuning("b").withText(setting, value),
        "%s %s differs from the %s of run base".formatted(setting.flag(), value, own));
    assertThat(layered(tuning("b").withText(setting, own)).find(setting).get().toString())
        .as("the same said again is no contradiction")
        .isEqualTo(own);
  }

  @Test
  void throughABuilderAContradictionIsRefusedToo() {
    fixture.train(fixture.settings("base"));
    TrainSettings other =
        fixture
            .settings("b")
            .with(ModelSettings.NUM_EXPERTS, 5)
            .with(ModelSettings.INIT_FROM, "base")
            .build();
    assertThatThrownBy(() -> GhostMoE.train(other, TrainListener.SILENT))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--num-experts 5 differs from the 3 of run base");
  }

  @Test
  void awakeGhostsStayAwakeAndLearnAsThePrimariesDo() throws IOException {
    trainBase(5);
    List<String> notes = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void onNote(String line) {
            notes.add(line);
          }
        };
    RunSummary summary = GhostMoE.train(layered(tuning("b")), listener);
    assertThat(summary.awakeParameters())
        .isEqualTo(GhostMoE.inspect(fixture.run("base"), "latest").awakeParameters());
    assertThat(notes)
        .contains("weights: those of run base after step 12; awake ghosts, which stay so: 2");
    JsonNode first =
        JsonMapper.shared().readTree(Files.readAllLines(fixture.run("b").metrics()).getFirst());
    assertThat(first.get("ghost_states").toString())
        .isEqualTo("[[\"ACTIVE\",\"DORMANT\"],[\"ACTIVE\",\"DORMANT\"]]");
    assertThat(first.get("ghost_learning_rates").get(0).get(0).doubleValue())
        .isEqualTo(first.get("learning_rate").doubleValue())
        .isPositive();
    assertThat(first.get("expert_load").get(0)).hasSize(4);
    GhostInfo ghost =
        GhostMoE.inspect(fixture.run("b"), "latest").layers().getFirst().ghosts().getFirst();
    assertThat(ghost.state()).isEqualTo("ACTIVE");
    assertThat(ghost.hasWeights()).isTrue();
    assertThat(ghost.wakeStep()).as("not in this run").isEmpty();
    assertThat(ghost.expert()).contains(3);
  }

  @Test
  void aRampThatWasUnderWayGoesOn() throws IOException {
    trainBase(40); // at step 12 the ghosts of step 4 stand at the tenth of forty rungs
    tune(tuning("b"));
    List<Double> activations = new ArrayList<>();
    for (String line : Files.readAllLines(fixture.run("b").metrics())) {
      activations.add(
          JsonMapper.shared().readTree(line).get("ghost_activations").get(1).get(0).doubleValue());
    }
    assertThat(activations.getFirst()).isEqualTo(10 / 40.0);
    assertThat(activations.subList(0, 4)).isSorted().doesNotHaveDuplicates();
    assertThat(activations.getLast()).isEqualTo(1);
  }

  @Test
  void ghostsThatSleepWakeAsTheNextExperts() {
    trainBase(5);
    tune(tuning("b").with(GhostSettings.GHOST_TRIGGER, "step:1"));
    List<GhostInfo> ghosts = GhostMoE.inspect(fixture.run("b"), "latest").layers().get(1).ghosts();
    assertThat(ghosts.getFirst().wakeStep()).isEmpty();
    assertThat(ghosts.getLast().wakeStep()).contains(1L);
    assertThat(ghosts.getLast().expert()).contains(4);
    assertThat(ghosts.getLast().hasWeights()).isTrue();
  }

  /** The base's twelve steps are neither in the update counts nor in the number of steps. */
  @Test
  void optimizerAndScheduleBeginAnew() throws IOException {
    trainBase(5);
    tune(tuning("b"));
    JsonNode state = RunFixture.json(fixture.checkpointFile("b", 3, "state.json"));
    state.get("updates").forEach(count -> assertThat(count.intValue()).isEqualTo(3));
    JsonNode first =
        JsonMapper.shared().readTree(Files.readAllLines(fixture.run("b").metrics()).getFirst());
    assertThat(first.get("step").intValue()).isOne();
    assertThat(first.get("learning_rate").doubleValue()).isEqualTo(0.0005);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 7})
  void stoppedAndResumedWithoutItsBaseEqualsStraightThrough(int stop) throws IOException {
    trainBase(40);
    SettingValues wakes = tuning("straight").with(GhostSettings.GHOST_TRIGGER, "step:5");
    RunSummary straight = tune(wakes);
    RunSummary stopped =
        GhostMoE.train(
            layered(wakes.with(RunSettings.RUN, "stopped")), RunFixture.stoppingAfter(stop));
    assertThat(stopped.interrupted()).isTrue();
    AtomicFiles.deleteRecursively(fixture.run("base").path());
    RunFixture.assertSameSummary(fixture.resume("stopped", TrainListener.SILENT), straight);
    fixture.assertSameRun("stopped", "straight", 12);
  }

  @Test
  void aResumeFromOtherWeightsIsRefused() {
    trainBase(5);
    var _ = GhostMoE.train(layered(tuning("b")), RunFixture.stoppingAfter(5));
    SettingValues other = fixture.resuming("b").with(ModelSettings.INIT_FROM, "elsewhere");
    assertThatThrownBy(() -> layered(other))
        .hasMessageContaining("--init-from elsewhere differs from the run's base");
  }

  @Test
  void aRunCanBeNamedByItsFolder() throws IOException {
    trainBase(5);
    Path moved = Files.move(fixture.run("base").path(), folder.resolve("given away"));
    SettingValues values = tuning("b").with(ModelSettings.INIT_FROM, moved + "/");
    assertThat(tune(values).steps()).isEqualTo(12);
  }

  @Test
  void whatCannotBeStartedFromIsNamed() {
    fixture.train(fixture.settings("base"));
    refused(
        tuning("b").with(ModelSettings.INIT_FROM, "bass"),
        "--init-from bass: no run of that name in",
        "did you mean base?");
    refused(
        tuning("b").with(ModelSettings.INIT_CHECKPOINT, "5"),
        "has no checkpoint 5: it has those of the steps 8, 9, 12");
    refused(tuning("b").with(ModelSettings.INIT_FROM, "no\0name"), "no run of that name");
    assertThatThrownBy(() -> tune(tuning("base").with(RunSettings.OVERWRITE, true)))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--init-from base is the run itself");
    SettingValues alone =
        tuning("b").withAuto(ModelSettings.INIT_FROM).with(ModelSettings.INIT_CHECKPOINT, "5");
    assertThatThrownBy(() -> layered(alone)).hasMessageContaining("--init-checkpoint 5");
  }

  @Test
  void ghostsThatAreAwakeCannotBeLeftOut() {
    trainBase(5);
    refused(
        tuning("b").with(GhostSettings.NUM_GHOST_EXPERTS, 0),
        "--num-ghost-experts 0",
        "run base has a layer with 1 awake",
        "pass --num-ghost-experts 1 or more");
    RunSummary summary = tune(tuning("b").with(GhostSettings.NUM_GHOST_EXPERTS, 1));
    assertThat(summary.steps()).isEqualTo(12);
  }

  /** Step 3's checkpoint has decided on the wake of step 4, which has no weights yet. */
  @Test
  void aGhostThatWasAboutToWakeSleepsOn() {
    trainBase(5);
    tune(tuning("b").with(ModelSettings.INIT_CHECKPOINT, "3"));
    assertThat(GhostMoE.inspect(fixture.run("b"), "latest").awakeGhosts()).isZero();
  }
}
