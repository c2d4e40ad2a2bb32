package io.ghostmoe;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.DatasetInspection;
import io.ghostmoe.data.DatasetInspector;
import io.ghostmoe.data.DatasetPreparer;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.cache.DatasetCatalog;
import io.ghostmoe.device.Device;
import io.ghostmoe.doctor.Diagnosis;
import io.ghostmoe.doctor.Doctor;
import io.ghostmoe.train.RunFolder;
import io.ghostmoe.train.RunLock;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The engine: estimate, prepare data, train, load and inspect what was trained.
 *
 * <p>Nothing here prints or ends the process; what the user did wrong comes as {@link
 * UserException}, and what is opened is closed by whoever opened it.
 */
public final class GhostMoE {
  private GhostMoE() {}

  /**
   * Brings a dataset into the cache, if it is not there already, and opens it.
   *
   * @return open; the caller closes it
   * @throws UserException where the request or its files are wrong, or the disk fails
   */
  public static PreparedDataset prepare(PrepareSettings settings, PrepareListener listener) {
    return new DatasetPreparer(settings.get(DataSettings.CACHE_DIR))
        .prepare(EngineConfig.dataset(settings), listener);
  }

  /**
   * The catalog of a cache folder, which need not exist: lists, verifies and removes what is
   * prepared.
   */
  public static DatasetCatalog datasets(Path cacheDir) {
    return new DatasetCatalog(cacheDir);
  }

  /**
   * Decodes the first documents of a prepared dataset.
   *
   * @throws UserException where there is no such dataset, or several, or it was made with another
   *     tokenizer than the one that was given
   */
  public static DatasetInspection inspectDataset(DatasetInspectSettings settings) {
    DatasetCatalog catalog = datasets(settings.get(DataSettings.CACHE_DIR));
    return new DatasetInspector(catalog)
        .inspect(
            catalog.find(settings.name()).getFirst(),
            settings.get(DatasetInspectSettings.SAMPLES),
            settings.find(DatasetInspectSettings.TOKENIZER));
  }

  /**
   * Trains a run that nobody listens to, as {@link #train(TrainSettings, TrainListener)} does.
   *
   * @param settings of the run
   * @return what came out, as in {@code summary.json}
   */
  public static RunSummary train(TrainSettings settings) {
    return train(settings, TrainListener.SILENT);
  }

  /**
   * Trains a run: data, model, steps, evaluations, checkpoints, summary. With {@link
   * RunSettings#RESUME} it goes on from the run's latest checkpoint, bit for bit as if it had never
   * stopped; such settings come from {@link TrainSettings#resumed}.
   *
   * <p>Works on the calling thread and on as many more as {@link RunSettings#THREADS} says. The
   * listener's {@code cancelled()} and an interrupt of the calling thread both make the run save
   * and return; the summary then says that it was interrupted.
   *
   * @param settings of the run
   * @param listener hears of it on the calling thread; what it throws ends the run without a save
   * @return what came out, as in {@code summary.json}; of the whole run where it was resumed
   * @throws UserException where settings, data, disk or memory do not allow it, or training
   *     diverged
   * @throws java.util.concurrent.CancellationException where it was stopped before it had begun,
   *     while the data were prepared
   */
  public static RunSummary train(TrainSettings settings, TrainListener listener) {
    try (Interrupts interrupts = new Interrupts()) {
      return lockedTrain(settings, listener.and(interrupts));
    }
  }

  /**
   * Goes on with a run from its latest checkpoint, with the settings that it was started with.
   *
   * @param run whose folder exists
   * @param listener hears of it on the calling thread
   * @return what came out of the whole run
   * @throws UserException where there is no such run, it is finished, its data or files have
   *     changed, or another process writes it
   */
  public static RunSummary resume(RunFolder run, TrainListener listener) {
    SettingValues again =
        SettingValues.NONE
            .with(RunSettings.RESUME, true)
            .with(RunSettings.RUN, run.name())
            .with(RunSettings.RUNS_DIR, run.runsDir());
    return train(TrainSettings.layered(Optional.empty(), again), listener);
  }

  private static RunSummary lockedTrain(TrainSettings settings, TrainListener listener) {
    RunFolder folder = folder(settings);
    try (RunLock _ = lock(folder, settings)) {
      try {
        Optional<InitialWeights> initial = InitialWeights.find(settings, folder);
        TrainSettings complete =
            initial
                .map(weights -> weights.complete(settings))
                .orElseGet(() -> checked(settings, folder));
        return new TrainingRun(folder, complete, initial, listener).run();
      } finally {
        folder.removeIfUnused(); // under the lock: the folder may be another's otherwise
      }
    }
  }

  /** Settings that go on with a run must agree with it, wherever they come from. */
  private static TrainSettings checked(TrainSettings settings, RunFolder folder) {
    return settings.get(RunSettings.RESUME)
        ? settings.goingOnWith(TrainSettings.of(TrainSettings.readJson(folder.config())))
        : settings;
  }

  /**
   * Says what a run would take, before it is one: parameters, memory, steps, and time by running a
   * few of its steps, which takes some seconds. No data are prepared and no run is begun.
   *
   * @throws UserException where the settings contradict the data, or the data are not there
   */
  public static Estimate estimate(TrainSettings settings) {
    return estimate(settings, true, () -> false);
  }

  /**
   * The same, with or without the measurement of time.
   *
   * @param cancelled asked before each step that is measured; true ends with a {@link
   *     java.util.concurrent.CancellationException}
   */
  public static Estimate estimate(
      TrainSettings settings, boolean measured, BooleanSupplier cancelled) {
    return new Estimator(settings, measured, cancelled).estimate();
  }

  private static RunLock lock(RunFolder folder, TrainSettings settings) {
    if (settings.get(RunSettings.RESUME)) {
      return folder.resume();
    }
    return settings.get(RunSettings.OVERWRITE) ? folder.overwrite() : folder.create();
  }

  private static RunFolder folder(TrainSettings settings) {
    var runsDir = settings.get(RunSettings.RUNS_DIR);
    return settings
        .find(RunSettings.RUN)
        .map(name -> new RunFolder(runsDir, name))
        .orElseGet(() -> RunFolder.fresh(runsDir, EngineConfig.stem(settings)));
  }

  /**
   * Opens a run's latest checkpoint on the best device there is, with all processors.
   *
   * @param folder of its run
   * @return open; the caller closes it
   * @throws UserException where there is no such run, or its files are damaged
   */
  public static TrainedModel load(RunFolder folder) {
    return load(folder, "latest", Device.Choice.AUTO, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Opens a trained model for evaluation and generation.
   *
   * @param folder of its run
   * @param checkpoint {@code latest}, {@code best}, or a step
   * @param device what to compute on
   * @param threads that compute
   * @return open; the caller closes it
   */
  public static TrainedModel load(
      RunFolder folder, String checkpoint, Device.Choice device, int threads) {
    folder.requireExisting();
    return TrainedModel.load(folder, checkpoint, device, threads);
  }

  /**
   * Says what a checkpoint holds. Only the run's configuration, the header of its weights and its
   * state are read, so it takes no device, and as little time for a large model as for a small one.
   *
   * @param folder of its run
   * @param checkpoint {@code latest}, {@code best}, or a step
   * @throws UserException where there is no such run or checkpoint, or its files are damaged or of
   *     another configuration
   */
  public static RunInspection inspect(RunFolder folder, String checkpoint) {
    folder.requireExisting();
    return RunInspector.inspect(folder, checkpoint);
  }

  /**
   * Looks whether training can work on this machine, and what would mend it where it cannot.
   * Nothing on the machine changes.
   */
  public static Diagnosis doctor(DoctorSettings settings) {
    return Doctor.examine(
        settings.get(DataSettings.CACHE_DIR),
        settings.get(RunSettings.RUNS_DIR),
        EngineConfig.quickstartBytes());
  }
}
