package io.ghostmoe.cli;

import io.ghostmoe.DatasetInspectSettings;
import io.ghostmoe.DoctorSettings;
import io.ghostmoe.Estimate;
import io.ghostmoe.EvalSettings;
import io.ghostmoe.Evaluation;
import io.ghostmoe.GenerateSettings;
import io.ghostmoe.InspectSettings;
import io.ghostmoe.PrepareSettings;
import io.ghostmoe.RunInspection;
import io.ghostmoe.TrainSettings;
import io.ghostmoe.data.DatasetInspection;
import io.ghostmoe.data.PrepareEstimate;
import io.ghostmoe.data.cache.Removal;
import io.ghostmoe.data.cache.Verification;
import io.ghostmoe.doctor.Diagnosis;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** What the commands need of the engine; every failure of the user's is a {@code UserException}. */
public interface Engine {
  /**
   * Says what a training would take, before it begins.
   *
   * @param measured whether to run a few steps for the time
   */
  Estimate estimate(TrainSettings settings, boolean measured, BooleanSupplier cancelled);

  /** Trains, or goes on training, and says what came out. */
  RunSummary train(TrainSettings settings, TrainListener listener);

  /** Makes the token cache of a dataset, or finds it. */
  PrepareOutcome prepare(PrepareSettings settings, PrepareView view);

  /** Says what the token cache of a dataset would take. */
  PrepareEstimate estimatePreparation(PrepareSettings settings, PrepareView view);

  /** What a cache folder holds. */
  List<DatasetRow> datasets(Path cacheDir);

  /** Decodes some documents of a prepared dataset. */
  DatasetInspection inspectDataset(DatasetInspectSettings settings);

  /**
   * Reads prepared datasets through.
   *
   * @param names of them; all where there is none
   * @param deep whether to compare hashes, not only checksums
   * @param result takes each as it comes
   * @param cancelled asked before each
   */
  void verify(
      Path cacheDir,
      List<String> names,
      boolean deep,
      Consumer<Verification> result,
      BooleanSupplier cancelled);

  /** Removes prepared datasets; none if one of the names is wrong. */
  Removal remove(Path cacheDir, List<String> names);

  /** Removes all prepared datasets, or those that are bad. */
  Removal clean(Path cacheDir, boolean onlyInvalid);

  /** Loads a run's model to generate from, as often as its user likes; the caller closes it. */
  TextModel open(GenerateSettings settings);

  /** Measures a run's checkpoint, and changes nothing. */
  Evaluation evaluate(EvalSettings settings, PrepareView view);

  /** What a run's checkpoint holds. */
  RunInspection inspect(InspectSettings settings);

  /** Whether training can work on this machine. */
  Diagnosis doctor(DoctorSettings settings);
}
