package io.ghostmoe;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.DatasetInspection;
import io.ghostmoe.data.DatasetInspector;
import io.ghostmoe.data.DatasetPreparer;
import io.ghostmoe.data.PrepareEstimate;
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
   * @param settings which data, and how
   * @param listener hears how it goes, on this thread, and can stop it
   * @return open; the caller closes it
   * @throws UserException where the settings or the files are wrong, or the disk fails
   * @throws java.util.concurrent.CancellationException where the listener asked for it
   */
  public static PreparedDataset prepare(PrepareSettings settings, PrepareListener listener) {
    return new DatasetPreparer(settings.get(DataSettings.CACHE_DIR))
        .prepare(EngineConfig.dataset(settings), listener);
  }

  /**
   * Says what {@link #prepare} would take where nothing is prepared yet: reads the data, tokenizes
   * a sample of them and writes nothing.
   *
   * @param settings which data, and how
   * @param listener hears how the reading goes, on this thread, and can stop it
   * @return about what it would take
   * @throws UserException where the settings or the files are wrong
   * @throws java.util.concurrent.CancellationException where the listener asked for it
   */
  public static PrepareEstimate estimatePreparation(
      PrepareSettings settings, PrepareListener listener) {
    return new DatasetPreparer(settings.get(DataSettings.CACHE_DIR))
        .estimate(EngineConfig.dataset(settings), listener);
  }

  /**
   * {@return the catalog of a cache folder: lists, verifies and removes what is prepared}
   *
   * @param cacheDir need not exist; there is nothing in the catalog then
   */
  public static DatasetCatalog datasets(Path cacheDir) {
    return new DatasetCatalog(cacheDir);
  }

  /**
   * Decodes the first documents of a prepared dataset.
   *
   * @param settings which dataset, and how many documents
   * @return the documents of both splits; with a note instead where they cannot be decoded
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
   * @throws UserException where settings, data, disk or memory do not allow it, or training
   *     diverged
   * @throws java.util.concurrent.CancellationException where this thread was interrupted while the
   *     data were prepared
   */
  public static RunSummary train(TrainSettings settings) {
    return train(settings, TrainListener.SILENT);
  }

  /**
   * Trains a run: data, model, steps, evaluations, checkpoints, summary. With {@link
   * RunSettings#RESUME} it goes on from the run's latest checkpoint, bit for bit as if it had never
   * stopped; such settings come from {@link TrainSettings#layered}.
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
   * @param listener hears of it on the calling thread; what it throws ends the run without a save
   * @return what came out of the whole run
   * @throws UserException where there is no such run, it is finished, its data or files have
   *     changed, or another process writes it
   * @throws java.util.concurrent.CancellationException where it was stopped while the data were
   *     prepared
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
   * @param settings of the run
   * @return what it would take; without its length as long as neither prepared data nor {@link
   *     OptimizationSettings#MAX_STEPS} tell that, without its time where it does not fit
   * @throws UserException where the settings contradict the data, or the data are not there
   */
  public static Estimate estimate(TrainSettings settings) {
    return estimate(settings, true, () -> false);
  }

  /**
   * Says what a run would take, with or without the measurement of time.
   *
   * @param settings of the run
   * @param measured whether to run steps; otherwise {@link Estimate#time} is empty, and it takes no
   *     device
   * @param cancelled asked before each step that is measured; true ends with a {@link
   *     java.util.concurrent.CancellationException}
   * @return what it would take, as {@link #estimate(TrainSettings)} says it
   * @throws UserException where the settings contradict the data, or the data are not there
   * @throws java.util.concurrent.CancellationException where {@code cancelled} said so
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
   * @param threads that compute on the CPU, the calling one included, 1 or more
   * @return open; the caller closes it
   * @throws UserException where there is no such run, checkpoint or device, or its files are
   *     damaged
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
   * @return what it holds: tensors, totals, ghosts
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
   *
   * @param settings the folders in which it would keep tokens and runs; they need not exist
   * @return what was found, the good and the bad
   */
  public static Diagnosis doctor(DoctorSettings settings) {
    return Doctor.examine(
        settings.get(DataSettings.CACHE_DIR),
        settings.get(RunSettings.RUNS_DIR),
        EngineConfig.quickstartBytes());
  }
}
