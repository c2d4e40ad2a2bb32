package io.ghostmoe;

/** Layers that have a name. */
public final class Presets {
  /** A run of a minute or two on two cores, over the exercises that are shipped. */
  public static final SettingValues QUICKSTART =
      SettingValues.NONE
          .with(DataSettings.DATASET, "data/lambda_dataset.json")
          .with(DataSettings.NUM_TRAIN_SAMPLES, 800)
          .with(DataSettings.NUM_EVAL_SAMPLES, 200);

  private Presets() {}
}
