package io.ghostmoe.cli;

import io.ghostmoe.DataSettings;
import io.ghostmoe.DatasetInspectSettings;
import io.ghostmoe.DoctorSettings;
import io.ghostmoe.Estimate;
import io.ghostmoe.EvalSettings;
import io.ghostmoe.Evaluation;
import io.ghostmoe.EvaluationListener;
import io.ghostmoe.GenerateSettings;
import io.ghostmoe.GhostMoE;
import io.ghostmoe.InspectSettings;
import io.ghostmoe.PrepareSettings;
import io.ghostmoe.RunInspection;
import io.ghostmoe.RunSettings;
import io.ghostmoe.SettingValues;
import io.ghostmoe.TrainSettings;
import io.ghostmoe.TrainedModel;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.DatasetInspection;
import io.ghostmoe.data.PrepareEstimate;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PrepareProgress;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.DatasetCatalog;
import io.ghostmoe.data.cache.Removal;
import io.ghostmoe.data.cache.Verification;
import io.ghostmoe.device.Device;
import io.ghostmoe.doctor.Diagnosis;
import io.ghostmoe.train.RunFolder;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The commands' engine: the public API, in this process. */
final class LocalEngine implements Engine {

  @Override
  public Estimate estimate(TrainSettings settings, boolean measured, BooleanSupplier cancelled) {
    return GhostMoE.estimate(settings, measured, cancelled);
  }

  @Override
  public RunSummary train(TrainSettings settings, TrainListener listener) {
    return GhostMoE.train(settings, listener);
  }

  @Override
  public PrepareOutcome prepare(PrepareSettings settings, PrepareView view) {
    long start = System.nanoTime();
    try (PreparedDataset data = GhostMoE.prepare(settings, new PrepareNews(view))) {
      return new PrepareOutcome(
          data.name(),
          data.folder(),
          data.cacheHit(),
          data.train().documents(),
          data.eval().documents(),
          data.train().tokens() + data.eval().tokens(),
          bytes(settings.get(DataSettings.CACHE_DIR), data),
          (System.nanoTime() - start) * 1e-9);
    }
  }

  @Override
  public PrepareEstimate estimatePreparation(PrepareSettings settings, PrepareView view) {
    return GhostMoE.estimatePreparation(settings, new PrepareNews(view));
  }

  private static long bytes(Path cacheDir, PreparedDataset data) {
    return GhostMoE.datasets(cacheDir).list().stream()
        .filter(entry -> entry.fingerprint().equals(data.fingerprint()))
        .mapToLong(CatalogEntry::bytes)
        .sum();
  }

  /** Tells the view what the preparation tells. */
  private record PrepareNews(PrepareView view) implements PrepareListener {
    @Override
    public void estimate(PrepareEstimate estimate) {
      view.note(
          "estimate: %s, %s of text, %s of cache, about %s"
              .formatted(
                  Formats.count(estimate.documents(), "document"),
                  Formats.bytes(estimate.textBytes()),
                  Formats.bytes(estimate.cacheBytes()),
                  Formats.duration(Math.ceil(estimate.seconds()))));
    }

    @Override
    public void progress(PrepareProgress progress) {
      view.preparation(progress);
    }

    @Override
    public void note(String line) {
      view.note(line);
    }

    @Override
    public boolean cancelled() {
      return view.cancelled();
    }
  }

  @Override
  public List<DatasetRow> datasets(Path cacheDir) {
    return GhostMoE.datasets(cacheDir).list().stream().map(LocalEngine::row).toList();
  }

  private static DatasetRow row(CatalogEntry entry) {
    return new DatasetRow(
        entry.label(),
        entry.name(),
        entry.fingerprint(),
        entry.status().name().toLowerCase(Locale.ROOT),
        entry.detail(),
        entry.trainSamples(),
        entry.evalSamples(),
        entry.tokens(),
        entry.bytes(),
        Optional.ofNullable(entry.created()));
  }

  @Override
  public DatasetInspection inspectDataset(DatasetInspectSettings settings) {
    return GhostMoE.inspectDataset(settings);
  }

  @Override
  public void verify(
      Path cacheDir,
      List<String> names,
      boolean deep,
      Consumer<Verification> result,
      BooleanSupplier cancelled) {
    DatasetCatalog catalog = GhostMoE.datasets(cacheDir);
    for (CatalogEntry entry : names.isEmpty() ? catalog.list() : find(catalog, names)) {
      if (cancelled.getAsBoolean()) {
        return;
      }
      result.accept(catalog.verify(entry, deep));
    }
  }

  @Override
  public Removal remove(Path cacheDir, List<String> names) {
    DatasetCatalog catalog = GhostMoE.datasets(cacheDir);
    return catalog.remove(find(catalog, names));
  }

  private static List<CatalogEntry> find(DatasetCatalog catalog, List<String> names) {
    return names.stream().flatMap(name -> catalog.find(name).stream()).distinct().toList();
  }

  @Override
  public Removal clean(Path cacheDir, boolean onlyInvalid) {
    DatasetCatalog catalog = GhostMoE.datasets(cacheDir);
    return onlyInvalid ? catalog.cleanInvalid() : catalog.clean();
  }

  @Override
  public TextModel open(GenerateSettings settings) {
    RunFolder folder = folder(settings.find(RunSettings.RUN), settings.get(RunSettings.RUNS_DIR));
    return new LocalTextModel(folder.name(), load(folder, settings.values()), settings);
  }

  private static TrainedModel load(RunFolder folder, SettingValues values) {
    return GhostMoE.load(
        folder,
        values.find(InspectSettings.CHECKPOINT).orElseThrow(),
        Device.Choice.valueOf(
            values.find(RunSettings.DEVICE).orElseThrow().toUpperCase(Locale.ROOT)),
        values.find(RunSettings.THREADS).orElse(Runtime.getRuntime().availableProcessors()));
  }

  @Override
  public Evaluation evaluate(EvalSettings settings, PrepareView view) {
    RunFolder folder = folder(settings.find(RunSettings.RUN), settings.get(RunSettings.RUNS_DIR));
    try (TrainedModel model = load(folder, settings.values())) {
      return model.evaluate(settings.request(), new EvaluationNews(view));
    }
  }

  /** Tells the view what the evaluation tells. */
  private record EvaluationNews(PrepareView view) implements EvaluationListener {
    @Override
    public void onPrepare(PrepareProgress progress) {
      new PrepareNews(view).progress(progress);
    }

    @Override
    public void onProgress(Phase phase, long done, long total) {
      view.progress(phase.name().toLowerCase(Locale.ROOT), done, total);
    }

    @Override
    public boolean cancelled() {
      return view.cancelled();
    }
  }

  @Override
  public RunInspection inspect(InspectSettings settings) {
    return GhostMoE.inspect(
        folder(settings.find(RunSettings.RUN), settings.get(RunSettings.RUNS_DIR)),
        settings.get(InspectSettings.CHECKPOINT));
  }

  @Override
  public Diagnosis doctor(DoctorSettings settings) {
    return GhostMoE.doctor(settings);
  }

  private static RunFolder folder(Optional<String> run, Path runsDir) {
    return run.map(name -> new RunFolder(runsDir, name))
        .or(() -> RunFolder.newest(runsDir))
        .orElseThrow(
            () ->
                UserException.input(
                    "no run in %s: train one first, or pass --runs-dir.".formatted(runsDir)));
  }
}
