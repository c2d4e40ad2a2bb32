package io.ghostmoe;

import io.ghostmoe.base.UserException;

/** Works out the settings whose defaults depend on others or on the length of the run. */
final class AutoSettings {
  private AutoSettings() {}

  static SettingValues resolve(SettingValues values, long batchesPerEpoch) {
    int maxSteps =
        values.find(OptimizationSettings.MAX_STEPS).orElseGet(() -> steps(values, batchesPerEpoch));
    double learningRate = value(values, OptimizationSettings.LEARNING_RATE);
    int tenth = Math.ceilDiv(maxSteps, 10);
    SettingValues resolved =
        SettingValues.NONE
            .with(OptimizationSettings.MAX_STEPS, maxSteps)
            .with(OptimizationSettings.WARMUP_STEPS, Math.min(100, maxSteps / 20))
            .with(OptimizationSettings.MIN_LEARNING_RATE, 0.1 * learningRate)
            .with(ModelSettings.EXPERT_HIDDEN, 4 * value(values, ModelSettings.EMBED_DIM))
            .with(RunSettings.EVAL_EVERY, tenth)
            .with(RunSettings.SAVE_EVERY, tenth)
            .with(RunSettings.THREADS, Math.min(1024, Runtime.getRuntime().availableProcessors()));
    return given(values).over(ghosts(given(values), maxSteps, learningRate).over(resolved));
  }

  private static int steps(SettingValues values, long batchesPerEpoch) {
    if (batchesPerEpoch < 1) {
      throw UserException.input(
          "the training data give no batch: add data, or lower --batch-size or --max-seq-length");
    }
    int accumulation = value(values, OptimizationSettings.GRAD_ACCUMULATION);
    int epochs = value(values, OptimizationSettings.EPOCHS);
    long perEpoch = Math.ceilDiv(batchesPerEpoch, (long) accumulation);
    if (perEpoch > Integer.MAX_VALUE / epochs) {
      throw UserException.input(
          "--epochs %d of %d steps each are too many: pass --max-steps"
              .formatted(epochs, perEpoch));
    }
    return (int) (perEpoch * epochs);
  }

  private static SettingValues ghosts(SettingValues given, int maxSteps, double learningRate) {
    int window =
        given
            .find(GhostSettings.SATURATION_MONITORING_WINDOW)
            .orElse(Math.clamp(maxSteps / 12, 10, 1000));
    boolean orthogonality =
        given.find(GhostSettings.GHOST_TRIGGER).filter("orthogonality"::equals).isPresent();
    int cooldown = (int) Math.min(2L * window, Integer.MAX_VALUE);
    return SettingValues.NONE
        .with(GhostSettings.SATURATION_MONITORING_WINDOW, window)
        .with(GhostSettings.WAKE_COOLDOWN_STEPS, cooldown)
        .with(GhostSettings.GHOST_RAMP_STEPS, Math.clamp(maxSteps / 8, 10, 100))
        .with(GhostSettings.GHOST_LEARNING_RATE, learningRate)
        .with(GhostSettings.GHOST_ACTIVATION_THRESHOLD, orthogonality ? 0.95 : 0.75);
  }

  /** The values that are there; absence must not hide what was worked out. */
  private static SettingValues given(SettingValues values) {
    SettingValues given = SettingValues.NONE;
    for (Setting<?> setting : values.settings()) {
      if (values.find(setting).isPresent()) {
        given = given.plus(setting, values.find(setting));
      }
    }
    return given;
  }

  private static <T> T value(SettingValues values, Setting<T> setting) {
    return values.find(setting).or(setting::defaultValue).orElseThrow();
  }
}
