package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainSettingsTest {
  private static final SettingValues DATA =
      SettingValues.NONE.with(DataSettings.DATASET, "x.jsonl");

  private enum Batching {
    PACKED,
    PADDED
  }

  @TempDir Path folder;

  /** Settings from words such as {@code embed_dim=33 num_heads=2}. */
  private static SettingValues values(String words) {
    SettingValues values = DATA;
    for (String word : words.split(" ", -1)) {
      String[] pair = word.split("=", 2);
      values = values.withText(TrainSettings.TABLE.find(pair[0]).orElseThrow(), pair[1]);
    }
    return values;
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "embed_dim=33 num_heads=2 | --embed-dim 33 is not divisible by --num-heads 2: pass"
            + " --embed-dim 34",
        "num_experts=4 top_k=9 | --top-k 9 exceeds --num-experts 4: pass --top-k 4 or --num-experts"
            + " 9",
        "max_steps=40 warmup_steps=50 | --warmup-steps 50 exceeds the run's 40 steps: pass"
            + " --warmup-steps 2",
        "learning_rate=0.01 min_learning_rate=0.1 | --min-learning-rate 0.1 exceeds --learning-rate"
            + " 0.01: pass --min-learning-rate 0.001",
        "num_train_samples=0 | --num-train-samples 0 leaves nothing: pass 1 or more, or -1 for all",
        "num_eval_samples=0 | --num-eval-samples 0 leaves nothing",
        "dataset_source=local_file revision=main | --revision main is for Hub datasets only",
        "dataset_source=local_file dataset_config=main | --dataset-config main is for Hub datasets",
        "question_field=answer | --question-field and --answer-field are both answer",
        "resume=true overwrite=true run=a | --resume and --overwrite contradict each other",
        "resume=true | --resume needs the run's name: pass --run NAME",
      })
  void settingsThatDoNotFitTogetherNameFlagsValuesAndRemedy(String words, String expected) {
    assertThatThrownBy(() -> TrainSettings.of(values(words)))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageStartingWith(expected);
  }

  @Test
  void theRemediesWork() {
    assertThat(TrainSettings.of(values("embed_dim=34 num_heads=2"))).isNotNull();
    assertThat(TrainSettings.of(values("num_experts=4 top_k=4"))).isNotNull();
    assertThat(TrainSettings.of(values("max_steps=40 warmup_steps=2"))).isNotNull();
  }

  @Test
  void withoutADatasetThereIsNothingToTrainOn() {
    assertThatThrownBy(() -> TrainSettings.of())
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith("--dataset is missing");
  }

  @Test
  void everySettingSurvivesJson() throws IOException {
    TrainSettings settings =
        TrainSettings.of(
            values("embed_dim=96 learning_rate=3e-4 trace=out/trace batching=padded seed=-7"));
    for (TrainSettings each : new TrainSettings[] {settings, settings.resolve(77)}) {
      Path file = Files.writeString(folder.resolve("config.json"), each.toJson());
      assertThat(TrainSettings.of(TrainSettings.readJson(file))).isEqualTo(each);
    }
  }

  @Test
  void theQuickstartLiesUnderTheFlagsOnlyWithoutDatasetAndFile() throws IOException {
    SettingValues flags = SettingValues.NONE.with(DataSettings.NUM_EVAL_SAMPLES, 50);
    TrainSettings quickstart = TrainSettings.layered(Optional.empty(), flags);
    assertThat(quickstart.get(DataSettings.DATASET)).isEqualTo("data/lambda_dataset.json");
    assertThat(quickstart.get(DataSettings.NUM_TRAIN_SAMPLES)).isEqualTo(800);
    assertThat(quickstart.get(DataSettings.NUM_EVAL_SAMPLES)).isEqualTo(50);

    TrainSettings own = TrainSettings.layered(Optional.empty(), flags.over(DATA));
    assertThat(own.get(DataSettings.NUM_TRAIN_SAMPLES)).isEqualTo(-1);

    Path file = Files.writeString(folder.resolve("c.json"), "{\"embed_dim\": 64}");
    assertThatThrownBy(() -> TrainSettings.layered(Optional.of(file), flags))
        .hasMessageStartingWith("--dataset is missing");
  }

  @Test
  void flagsWinOverTheFileAndTheFileOverTheDefaults() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("c.json"),
            "{\"dataset\": \"a.txt\", \"embed_dim\": 64, \"num_layers\": 3, \"max_steps\": 9}");
    SettingValues flags =
        SettingValues.NONE
            .with(ModelSettings.NUM_LAYERS, 5)
            .withAuto(OptimizationSettings.MAX_STEPS);
    TrainSettings settings = TrainSettings.layered(Optional.of(file), flags);
    assertThat(settings.get(DataSettings.DATASET)).isEqualTo("a.txt");
    assertThat(settings.get(ModelSettings.EMBED_DIM)).isEqualTo(64);
    assertThat(settings.get(ModelSettings.NUM_LAYERS)).isEqualTo(5);
    assertThat(settings.get(ModelSettings.NUM_HEADS)).isEqualTo(4);
    assertThat(settings.find(OptimizationSettings.MAX_STEPS)).isEmpty();
  }

  @Test
  void aMissingFileIsOneLine() {
    assertThatThrownBy(
            () -> TrainSettings.layered(Optional.of(folder.resolve("no.json")), SettingValues.NONE))
        .isInstanceOf(UserException.class)
        .hasMessageEndingWith("no.json: no such file: check the path");
    assertThatThrownBy(() -> TrainSettings.readJson(folder)).hasMessageContaining("is a folder");
  }

  @Test
  void theLengthOfTheRunSettlesWhatDependsOnIt() {
    TrainSettings settings =
        TrainSettings.of(values("epochs=3 grad_accumulation=4 embed_dim=64 learning_rate=0.002"))
            .resolve(101);
    assertThat(settings.get(OptimizationSettings.MAX_STEPS)).isEqualTo(78); // 3 × ⌈101 / 4⌉
    assertThat(settings.get(OptimizationSettings.WARMUP_STEPS)).isEqualTo(3);
    assertThat(settings.get(OptimizationSettings.MIN_LEARNING_RATE)).isEqualTo(0.0002);
    assertThat(settings.get(ModelSettings.EXPERT_HIDDEN)).isEqualTo(256);
    assertThat(settings.get(RunSettings.EVAL_EVERY)).isEqualTo(8); // ⌈78 / 10⌉
    assertThat(settings.get(RunSettings.SAVE_EVERY)).isEqualTo(8);
    assertThat(settings.get(RunSettings.THREADS))
        .isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(settings.get(GhostSettings.GHOST_LEARNING_RATE)).isEqualTo(0.002);
    assertThat(settings.get(GhostSettings.SATURATION_MONITORING_WINDOW)).isEqualTo(10);
    assertThat(settings.get(GhostSettings.WAKE_COOLDOWN_STEPS)).isEqualTo(20);
    assertThat(settings.get(GhostSettings.GHOST_RAMP_STEPS)).isEqualTo(10);
    assertThat(settings.get(GhostSettings.GHOST_ACTIVATION_THRESHOLD)).isEqualTo(0.75);
  }

  @ParameterizedTest(name = "{0} steps")
  @CsvSource({
    "1, 0, 1, 10, 10",
    "15, 0, 2, 10, 10",
    "240, 12, 24, 20, 30",
    "4000, 100, 400, 333, 100",
    "1000000, 100, 100000, 1000, 100",
  })
  void aGivenNumberOfStepsWinsOverEpochs(int steps, int warmup, int every, int window, int ramp) {
    TrainSettings settings = TrainSettings.of(values("epochs=2 max_steps=" + steps)).resolve(3);
    assertThat(settings.get(OptimizationSettings.MAX_STEPS)).isEqualTo(steps);
    assertThat(settings.get(OptimizationSettings.WARMUP_STEPS)).isEqualTo(warmup);
    assertThat(settings.get(RunSettings.EVAL_EVERY)).isEqualTo(every);
    assertThat(settings.get(GhostSettings.SATURATION_MONITORING_WINDOW)).isEqualTo(window);
    assertThat(settings.get(GhostSettings.GHOST_RAMP_STEPS)).isEqualTo(ramp);
  }

  /** The engine computes in float: these would be infinite, 0 and 1 there. */
  @ParameterizedTest
  @ValueSource(strings = {"learning_rate=1e39", "epsilon=1e-50", "beta2=0.9999999999"})
  void aNumberThatSinglePrecisionCannotHoldIsRefused(String value) {
    assertThatThrownBy(() -> values(value))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("must be a number");
  }

  @Test
  void whatIsGivenIsNotWorkedOut() {
    SettingValues given =
        values(
            "max_steps=500 warmup_steps=0 min_learning_rate=0 expert_hidden=7 eval_every=3"
                + " save_every=4 threads=1 ghost_learning_rate=0.5 saturation_monitoring_window=30"
                + " ghost_ramp_steps=2 ghost_activation_threshold=0.5");
    TrainSettings settings = TrainSettings.of(given).resolve(10);
    for (Setting<?> setting : given.settings()) {
      assertThat(settings.find(setting)).isEqualTo(given.find(setting));
    }
    assertThat(settings.get(GhostSettings.WAKE_COOLDOWN_STEPS)).isEqualTo(60);
    assertThat(settings.resolve(99)).isEqualTo(settings);
  }

  @Test
  void theOrthogonalityTriggerHasAThresholdOfItsOwn() {
    assertThat(
            TrainSettings.of(values("ghost_trigger=orthogonality"))
                .resolve(10)
                .get(GhostSettings.GHOST_ACTIVATION_THRESHOLD))
        .isEqualTo(0.95);
  }

  @Test
  void lengthsThatCannotBeAreRefused() {
    assertThatThrownBy(() -> TrainSettings.of(DATA).resolve(0))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("no batch");
    assertThatThrownBy(() -> TrainSettings.of(values("epochs=1000")).resolve(1L << 40))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--epochs 1000");
    assertThatThrownBy(() -> TrainSettings.of(values("warmup_steps=9")).resolve(8))
        .hasMessageStartingWith("--warmup-steps 9 exceeds the run's 8 steps");
  }

  @Test
  void askingForWhatIsNotWorkedOutYetIsABug() {
    assertThatThrownBy(() -> TrainSettings.of(DATA).get(OptimizationSettings.MAX_STEPS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("max_steps");
    assertThatThrownBy(() -> TrainSettings.of(DATA).find(SamplingSettings.PROMPT))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void wordsBecomeConstantsOfAnEnum() {
    assertThat(
            TrainSettings.of(values("batching=padded")).get(DataSettings.BATCHING, Batching.class))
        .isEqualTo(Batching.PADDED);
  }

  @Test
  void aResumedRunRefusesWhatChangesTheMathematics() {
    TrainSettings saved = TrainSettings.of(values("run=a")).resolve(100);
    SettingValues resume =
        SettingValues.NONE.with(RunSettings.RESUME, true).with(RunSettings.RUN, "a");
    assertThatThrownBy(
            () ->
                TrainSettings.resumed(saved, resume.with(OptimizationSettings.LEARNING_RATE, 0.01)))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith("--learning-rate 0.01 differs from the run's 0.001");
    assertThatThrownBy(() -> TrainSettings.resumed(saved, resume.with(RunSettings.SEED, 1L)))
        .hasMessageStartingWith("--seed 1 differs from the run's 42");

    TrainSettings resumed =
        TrainSettings.resumed(
            saved,
            resume
                .with(OptimizationSettings.LEARNING_RATE, 0.001)
                .with(RunSettings.THREADS, 3)
                .with(RunSettings.SAVE_EVERY, 1));
    assertThat(resumed.get(RunSettings.THREADS)).isEqualTo(3);
    assertThat(resumed.get(RunSettings.SAVE_EVERY)).isEqualTo(1);
    assertThat(resumed.get(RunSettings.RESUME)).isTrue();
    assertThat(resumed.get(OptimizationSettings.MAX_STEPS)).isEqualTo(100);
  }

  @Test
  void resumingStartsFromTheRunsOwnSettings() throws IOException {
    SettingValues flags =
        SettingValues.NONE
            .with(RunSettings.RESUME, true)
            .with(RunSettings.RUNS_DIR, folder)
            .with(RunSettings.RUN, "a");
    assertThatThrownBy(() -> TrainSettings.layered(Optional.empty(), flags))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith("no run a in " + folder);
    TrainSettings saved =
        TrainSettings.of(values("run=a embed_dim=64 overwrite=true trace=t")).resolve(9);
    Files.createDirectories(folder.resolve("a"));
    Files.writeString(folder.resolve("a/config.json"), saved.toJson());

    TrainSettings resumed = TrainSettings.layered(Optional.empty(), flags);
    assertThat(resumed.get(ModelSettings.EMBED_DIM)).isEqualTo(64);
    assertThat(resumed.get(OptimizationSettings.MAX_STEPS)).isEqualTo(9);
    assertThat(resumed.get(DataSettings.DATASET)).isEqualTo("x.jsonl");
    assertThat(resumed.get(RunSettings.OVERWRITE)).isFalse();
    assertThat(resumed.find(RunSettings.TRACE)).isEmpty();
    assertThatThrownBy(
            () -> TrainSettings.layered(Optional.empty(), flags.with(ModelSettings.EMBED_DIM, 128)))
        .hasMessageStartingWith("--embed-dim 128 differs from the run's 64");
    assertThatThrownBy(
            () ->
                TrainSettings.layered(
                    Optional.empty(), SettingValues.NONE.with(RunSettings.RESUME, true)))
        .hasMessageStartingWith("--resume needs the run's name");
  }

  @Test
  void theDataSettingsAreASubset() {
    PrepareSettings data = TrainSettings.of(values("num_train_samples=9 embed_dim=64")).prepare();
    assertThat(data.get(DataSettings.NUM_TRAIN_SAMPLES)).isEqualTo(9);
    assertThatThrownBy(() -> data.find(ModelSettings.EMBED_DIM))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(PrepareSettings::of).hasMessageStartingWith("--dataset is missing");
  }

  @Test
  void aBuilderSetsWhatAnEmbeddingProgramNeeds() {
    TrainSettings settings =
        TrainSettings.builder()
            .with(DataSettings.DATASET, "x.jsonl")
            .with(OptimizationSettings.MAX_STEPS, 5)
            .build();
    TrainSettings longer = settings.toBuilder().withAuto(OptimizationSettings.MAX_STEPS).build();
    assertThat(settings.get(OptimizationSettings.MAX_STEPS)).isEqualTo(5);
    assertThat(longer.find(OptimizationSettings.MAX_STEPS)).isEmpty();
    assertThatThrownBy(() -> TrainSettings.builder().with(ModelSettings.EMBED_DIM, 0))
        .isInstanceOf(UserException.class);
  }
}
