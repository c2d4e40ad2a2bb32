package io.ghostmoe;

import io.ghostmoe.Setting.Group;
import io.ghostmoe.SettingType.IntegerType;
import io.ghostmoe.SettingType.PathType;
import java.nio.file.Path;
import java.util.List;

/**
 * The settings of {@code eval}. All that decides the loss comes from the run's own configuration.
 *
 * @param values of {@link #TABLE}, complete
 */
public record EvalSettings(SettingValues values) implements CommandSettings {
  /**
   * A file of one of the {@link io.ghostmoe.data.source.Source#KINDS} to evaluate on. Absent: the
   * run's own evaluation split.
   */
  public static final Setting<Path> EVAL_FILE =
      Setting.open(
          Group.DATA,
          "eval_file",
          new PathType("FILE"),
          "the run's evaluation split",
          "another file to evaluate on");

  /**
   * Documents to evaluate on, drawn from the split, or the file, by the run's seed: 1 or more, −1
   * for all; more than there are take all.
   */
  public static final Setting<Integer> NUM_EVAL_SAMPLES =
      Setting.of(
          Group.DATA,
          "num_eval_samples",
          new IntegerType(-1, Integer.MAX_VALUE),
          -1,
          "documents to evaluate on, drawn from the split by the run's seed, -1 for all");

  /**
   * Records of {@link #EVAL_FILE} that may be unusable, and are left out; 0 or more. Absent: as
   * many as in the run.
   */
  public static final Setting<Integer> MAX_BAD_RECORDS =
      Setting.open(
          Group.DATA,
          "max_bad_records",
          new IntegerType(0, Integer.MAX_VALUE),
          "as many as in the run",
          "records of --eval-file that may be unusable");

  /** Folder in which the prepared tokens of the run's data are kept. Absent: the run's own. */
  public static final Setting<Path> CACHE_DIR =
      Setting.open(
          Group.DATA,
          "cache_dir",
          new PathType("DIR"),
          "the run's",
          "where prepared tokens are kept");

  /**
   * Questions to answer for the exact match, from the first document on; 0 for the loss alone.
   * Absent: all.
   */
  public static final Setting<Integer> SAMPLES =
      Setting.open(
          Group.RUN,
          "samples",
          new IntegerType(0, Integer.MAX_VALUE),
          "all",
          "questions to answer for the exact match, 0 for the loss alone");

  /** All settings of {@code eval}. */
  public static final SettingTable TABLE =
      new SettingTable(
          List.of(EVAL_FILE, NUM_EVAL_SAMPLES, MAX_BAD_RECORDS, CACHE_DIR),
          List.of(
              RunSettings.RUN,
              RunSettings.RUNS_DIR,
              InspectSettings.CHECKPOINT,
              SAMPLES,
              RunSettings.THREADS,
              RunSettings.DEVICE),
          List.of(SamplingSettings.MAX_TOKENS));

  /**
   * Completes the values with the defaults.
   *
   * @throws io.ghostmoe.base.UserException where they ask for an evaluation on nothing
   */
  public EvalSettings {
    values = values.complete(TABLE);
    DataSettingsCheck.requireSome(values, NUM_EVAL_SAMPLES);
  }

  /** {@return a builder with every default} */
  public static SettingsBuilder<EvalSettings> builder() {
    return new SettingsBuilder<>(TABLE, SettingValues.NONE, EvalSettings::new);
  }

  @Override
  public SettingTable table() {
    return TABLE;
  }

  /** {@return what of it {@link TrainedModel#evaluate} needs} */
  public EvaluationRequest request() {
    return new EvaluationRequest(
        find(EVAL_FILE),
        get(NUM_EVAL_SAMPLES),
        find(SAMPLES).orElse(Integer.MAX_VALUE),
        get(SamplingSettings.MAX_TOKENS),
        find(MAX_BAD_RECORDS),
        find(CACHE_DIR));
  }
}
