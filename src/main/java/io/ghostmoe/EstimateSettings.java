package io.ghostmoe;

import io.ghostmoe.SettingType.SwitchType;
import java.util.List;

/** The settings of {@code estimate}: those of {@code train}, and whether to measure. */
public final class EstimateSettings {
  /**
   * Whether to run a few steps for the time they take, which takes some seconds; without them
   * {@link Estimate#time} is empty.
   */
  public static final Setting<Boolean> MEASURE =
      Setting.of(
              Setting.Group.RUN,
              "measure",
              new SwitchType(),
              true,
              "run a few steps for the time they take; --measure=false tells no time")
          .free();

  /** All settings of {@code estimate}. */
  public static final SettingTable TABLE =
      new SettingTable(TrainSettings.TABLE.all(), List.of(MEASURE));

  private EstimateSettings() {}
}
