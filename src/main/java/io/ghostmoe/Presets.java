package io.ghostmoe;

import java.nio.file.Files;
import java.nio.file.Path;

/** Layers that have a name. */
public final class Presets {
  private static final Path EXERCISES = Path.of("data", "lambda_dataset.json");

  /** The launcher says here where the project lies, since it may be called from anywhere. */
  private static final String HOME_PROPERTY = "ghostmoe.home";

  private Presets() {}

  /**
   * A run of a minute or two on two cores, over the exercises that are shipped: small enough to be
   * quick, long enough that most answers come out right. One exercise a row, so that none is cut;
   * the loss is on the answers, since nobody can foresee a question. Ghosts wake on the way.
   *
   * @return a layer, for {@link SettingsBuilder#with(SettingValues)}; the exercises are those in
   *     {@code data} of the working folder or, where there are none, of the folder that the system
   *     property {@code ghostmoe.home} names
   */
  public static SettingValues quickstart() {
    return SettingValues.NONE
        .with(DataSettings.DATASET, exercises().toString())
        .with(DataSettings.NUM_TRAIN_SAMPLES, 800)
        .with(DataSettings.NUM_EVAL_SAMPLES, 200)
        .with(DataSettings.MAX_SEQ_LENGTH, 48)
        .with(DataSettings.BATCHING, "padded")
        .with(DataSettings.LOSS_ON, "answer")
        .with(ModelSettings.EMBED_DIM, 64)
        .with(ModelSettings.NUM_LAYERS, 2)
        .with(ModelSettings.NUM_HEADS, 4)
        .with(GhostSettings.NUM_GHOST_EXPERTS, 2)
        .with(OptimizationSettings.BATCH_SIZE, 8)
        .with(OptimizationSettings.EPOCHS, 20)
        .with(OptimizationSettings.LEARNING_RATE, 3e-3)
        .with(RunSettings.LOG_EVERY, 10)
        .with(RunSettings.SAMPLES, 5);
  }

  private static Path exercises() {
    String home = System.getProperty(HOME_PROPERTY);
    return Files.exists(EXERCISES) || home == null ? EXERCISES : Path.of(home).resolve(EXERCISES);
  }
}
