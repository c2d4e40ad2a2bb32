package io.ghostmoe;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.DatasetPreparer;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.device.Device;
import io.ghostmoe.train.RunFolder;
import io.ghostmoe.train.RunLock;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;

/**
 * The engine: prepare data, train, load what was trained.
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
   * Trains a new run: data, model, steps, evaluations, checkpoints, summary.
   *
   * @return what came out, as in {@code summary.json}
   * @throws UserException where settings, data, disk or memory do not allow it, or training diverged
   */
  public static RunSummary train(TrainSettings settings, TrainListener listener) {
    RunFolder folder = folder(settings);
    boolean overwrite = settings.get(RunSettings.OVERWRITE);
    try (RunLock lock = overwrite ? folder.overwrite() : folder.create()) {
      return new TrainingRun(folder, settings, listener).start();
    }
  }

  private static RunFolder folder(TrainSettings settings) {
    var runsDir = settings.get(RunSettings.RUNS_DIR);
    return settings
        .find(RunSettings.RUN)
        .map(name -> new RunFolder(runsDir, name))
        .orElseGet(() -> RunFolder.fresh(runsDir, EngineConfig.stem(settings)));
  }

  /**
   * Goes on with a run from its latest checkpoint, bit for bit as if it had never stopped.
   *
   * @param folder of the run
   * @param changes settings that do not change its mathematics
   * @return what came out, of the whole run
   * @throws UserException where there is no such run, a change would alter its mathematics, or a
   *     file is damaged
   */
  public static RunSummary resume(
      RunFolder folder, SettingValues changes, TrainListener listener) {
    try (RunLock lock = folder.resume()) {
      TrainSettings saved = TrainSettings.of(TrainSettings.readJson(folder.config()));
      TrainSettings settings = TrainSettings.resumed(saved, changes);
      return new TrainingRun(folder, settings, listener).resume();
    }
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
}
