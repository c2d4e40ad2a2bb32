package io.ghostmoe.cli;

import io.ghostmoe.DataSettings;
import io.ghostmoe.DatasetInspectSettings;
import io.ghostmoe.DoctorSettings;
import io.ghostmoe.Estimate;
import io.ghostmoe.EvalSettings;
import io.ghostmoe.Evaluation;
import io.ghostmoe.GenerateSettings;
import io.ghostmoe.InspectSettings;
import io.ghostmoe.OptimizationSettings;
import io.ghostmoe.PrepareSettings;
import io.ghostmoe.RunInspection;
import io.ghostmoe.RunSettings;
import io.ghostmoe.SamplingSettings;
import io.ghostmoe.TrainSettings;
import io.ghostmoe.data.DatasetInspection;
import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.data.cache.Removal;
import io.ghostmoe.data.cache.Verification;
import io.ghostmoe.doctor.Diagnosis;
import io.ghostmoe.model.MemoryPlan;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.moe.ghost.LayerGhosts;
import io.ghostmoe.moe.ghost.Wake;
import io.ghostmoe.train.EvaluationMetrics;
import io.ghostmoe.train.GhostFixture;
import io.ghostmoe.train.RunFolder;
import io.ghostmoe.train.RunStart;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.StepMetrics;
import io.ghostmoe.train.TrainListener;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Remembers what it was asked and says what an engine would. */
final class FakeEngine implements Engine {
  private static final ModelConfig MODEL = new ModelConfig(9, 8, 4, 2, 1, 3, 2, 8, 0, 0, 0);

  final List<TrainSettings> trained = new ArrayList<>();
  final List<PrepareSettings> prepared = new ArrayList<>();
  final List<GenerateSettings> generated = new ArrayList<>();
  final List<TrainSettings> estimated = new ArrayList<>();
  final List<Boolean> measured = new ArrayList<>();
  @Nullable Estimate estimate;
  final List<EvalSettings> evaluated = new ArrayList<>();
  final List<InspectSettings> inspected = new ArrayList<>();
  final List<Path> listed = new ArrayList<>();
  final List<DatasetInspectSettings> inspectedDatasets = new ArrayList<>();

  /** What was asked about prepared datasets, as words. */
  final List<String> asked = new ArrayList<>();

  final List<DoctorSettings> examined = new ArrayList<>();
  Diagnosis diagnosis = new Diagnosis(List.of());

  List<DatasetRow> rows = List.of();
  List<Verification> verifications = List.of();
  Removal removal = new Removal(List.of(), List.of(), List.of());
  @Nullable RuntimeException failure;
  String generatedText = " (x)";
  Optional<Manifest.Kind> kind = Optional.of(Manifest.Kind.QA);
  final List<String> prompts = new ArrayList<>();

  /** Called after each piece of text. */
  Runnable afterPiece = () -> {};

  /** How many models were closed. */
  int closed;

  Optional<Evaluation.ExactMatch> exactMatch = Optional.of(new Evaluation.ExactMatch(17, 1319, 0));

  /** Ghosts in each of the two layers. */
  int ghosts;

  GhostTrigger trigger = new GhostTrigger.Plateau();

  /** What a training tells before the step of each. */
  List<Wake> wakes = List.of();

  /** Called after the given step of a training. */
  Consumer<Long> afterStep = step -> {};

  private void fail() {
    RuntimeException thrown = failure;
    if (thrown != null) {
      throw thrown;
    }
  }

  @Override
  public Estimate estimate(TrainSettings settings, boolean wanted, BooleanSupplier cancelled) {
    estimated.add(settings);
    measured.add(wanted);
    fail();
    return Objects.requireNonNullElseGet(
        estimate,
        () ->
            new Estimate(
                1,
                1,
                1,
                new Estimate.Memory(1, 1, 1, 1, 1, 9, 9, 1),
                new Estimate.Length(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 1),
                Optional.empty()));
  }

  @Override
  public RunSummary train(TrainSettings settings, TrainListener listener) {
    trained.add(settings);
    fail();
    long steps = settings.resolve(4).get(OptimizationSettings.MAX_STEPS);
    String dataset = settings.get(DataSettings.DATASET);
    listener.onStart(
        new RunStart(
            Path.of("runs", "a-1"),
            "cpu: it is all there is",
            dataset,
            3_300_000,
            2_200_000,
            0,
            steps,
            new MemoryPlan(90L << 20, 40L << 20, 20L << 20),
            settings.get(RunSettings.ACTIVATION_CHECKPOINTING),
            GhostFixture.config(MODEL, ghosts, trigger, 10, steps),
            Collections.nCopies(2, LayerGhosts.dormant(ghosts))));
    listener.onNote("split 90/10 with seed 42");
    long done = 0;
    while (done < steps && !listener.cancelled()) {
      long index = done;
      wakes.stream().filter(wake -> wake.step() == index).forEach(listener::onWake);
      done++;
      listener.onStep(step(done));
      afterStep.accept(done);
    }
    listener.onEvaluation(new EvaluationMetrics(done, 2.5, 1.25, 12.2));
    listener.onCheckpoint(done, true);
    listener.onSample("Question: 1+1\nAnswer:", " 2\u001b[31m", " 2");
    return new RunSummary(
        new RunFolder(Path.of("runs"), "a-1"),
        3_300_000,
        2_200_000,
        3_300_000,
        "cpu",
        dataset,
        true,
        done < steps,
        done,
        done * 1000,
        10.8,
        4,
        4.5,
        2.5,
        1.25,
        Map.of("train", 65.0),
        9120,
        300L << 20);
  }

  private static StepMetrics step(long step) {
    return new StepMetrics(
        step,
        0.5,
        step * 1000,
        4.5,
        0.001,
        List.of(),
        1,
        9120.4,
        100,
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  @Override
  public PrepareOutcome prepare(PrepareSettings settings, PrepareView view) {
    prepared.add(settings);
    fail();
    for (int record = 1; record <= 3; record++) {
      view.progress("tokenizing", record, 3);
    }
    view.note("dropped the field explanation of 3 records");
    return new PrepareOutcome(
        "local_x_gpt2_256",
        Path.of("data-preprocessed", "x"),
        false,
        800,
        200,
        123_456,
        250_000,
        7);
  }

  @Override
  public List<DatasetRow> datasets(Path cacheDir) {
    listed.add(cacheDir);
    fail();
    return rows;
  }

  @Override
  public DatasetInspection inspectDataset(DatasetInspectSettings settings) {
    inspectedDatasets.add(settings);
    fail();
    Manifest.Split train = new Manifest.Split(800, 40_000, 99_000, new TreeMap<>());
    Manifest.Split eval = new Manifest.Split(200, 9_000, 20_000, new TreeMap<>());
    CatalogEntry entry =
        new CatalogEntry(
            "local_x_gpt2_256",
            "0123abcd0123abcd",
            Path.of("data-preprocessed", "local_x_gpt2_256", "0123abcd0123abcd"),
            CatalogEntry.Status.VALID,
            "",
            new Manifest(
                1,
                "local_x_gpt2_256",
                "0123abcd0123abcd",
                new TreeMap<>(Map.of("dataset", "x\u001b.jsonl")),
                Instant.parse("2026-02-03T04:05:06Z"),
                Manifest.Kind.QA,
                50_257,
                0,
                List.of(),
                new TreeMap<>(Map.of("why", 1000)),
                List.of("dropped fields: why (1,000)"),
                train,
                eval),
            123_456);
    return new DatasetInspection(
        entry,
        "gpt2",
        List.of(new DatasetInspection.Sample(0, 1000, "Question: 1\u001b[2J\nAnswer: 2", true)),
        List.of(new DatasetInspection.Sample(0, 1, "b", false)),
        "");
  }

  /** An entry of which only name, fingerprint and size matter. */
  static CatalogEntry entry(String name, String fingerprint, long bytes) {
    return new CatalogEntry(
        name,
        fingerprint,
        Path.of("c", name, fingerprint),
        CatalogEntry.Status.VALID,
        "",
        null,
        bytes);
  }

  @Override
  public void verify(
      Path cacheDir, List<String> names, Consumer<Verification> result, BooleanSupplier cancelled) {
    asked.add("verify %s %s".formatted(cacheDir, names));
    fail();
    verifications.stream().takeWhile(each -> !cancelled.getAsBoolean()).forEach(result);
  }

  @Override
  public Removal remove(Path cacheDir, List<String> names) {
    asked.add("remove %s %s".formatted(cacheDir, names));
    fail();
    return removal;
  }

  @Override
  public Removal clean(Path cacheDir, boolean onlyInvalid) {
    asked.add("clean %s %s".formatted(cacheDir, onlyInvalid ? "invalid" : "all"));
    fail();
    return removal;
  }

  @Override
  public TextModel open(GenerateSettings settings) {
    generated.add(settings);
    fail();
    return new FakeModel(settings);
  }

  /** Says the same three times. */
  private final class FakeModel implements TextModel {
    private final GenerateSettings settings;

    FakeModel(GenerateSettings settings) {
      this.settings = settings;
    }

    @Override
    public String run() {
      return "a-1";
    }

    @Override
    public long step() {
      return 1200;
    }

    @Override
    public Optional<Manifest.Kind> kind() {
      return kind;
    }

    @Override
    public GenerateOutcome generate(String prompt, TextListener listener) {
      prompts.add(prompt);
      if (prompt.length() > 40) {
        listener.note("the prompt is long");
      }
      StringBuilder all = new StringBuilder();
      for (int index = 0; index < 3 && !listener.cancelled(); index++) {
        all.append(generatedText);
        listener.text(generatedText);
        afterPiece.run();
      }
      int tokens = settings.get(SamplingSettings.MAX_TOKENS);
      return new GenerateOutcome("a-1", all.toString(), tokens, 7, 48, 2, false);
    }

    @Override
    public void close() {
      closed++;
    }
  }

  @Override
  public Evaluation evaluate(EvalSettings settings, PrepareView view) {
    evaluated.add(settings);
    fail();
    view.progress("loss", 1, 165);
    view.progress("loss", 165, 165);
    return EvalCommandTest.found(settings, exactMatch);
  }

  @Override
  public RunInspection inspect(InspectSettings settings) {
    inspected.add(settings);
    fail();
    return FakeInspection.FOUND;
  }

  @Override
  public Diagnosis doctor(DoctorSettings settings) {
    examined.add(settings);
    fail();
    return diagnosis;
  }

  static DatasetRow row(String name, String status, String detail) {
    boolean valid = status.equals("valid");
    return new DatasetRow(
        name + "/0123abcd",
        name,
        "0123abcd",
        status,
        detail,
        valid ? 7473 : 0,
        valid ? 1319 : 0,
        valid ? 1_369_119 : 0,
        2_800_000,
        valid ? Optional.of(Instant.parse("2026-02-03T04:05:06Z")) : Optional.empty());
  }
}
