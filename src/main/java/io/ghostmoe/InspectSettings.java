package io.ghostmoe;

import io.ghostmoe.SettingType.PatternType;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The settings of {@code inspect}.
 *
 * @param values of {@link #TABLE}, complete
 */
public record InspectSettings(SettingValues values) implements CommandSettings {
  /**
   * Which checkpoint of the run to use: {@code latest}, {@code best} or a step. Of every command
   * that takes up a run that is there; {@code train} has none to choose.
   */
  public static final Setting<String> CHECKPOINT =
      Setting.of(
          Setting.Group.RUN,
          "checkpoint",
          new PatternType(
              "latest|best|STEP",
              Pattern.compile("latest|best|\\d{1,18}"),
              "latest, best or a step",
              List.of("latest", "best")),
          "latest",
          "which checkpoint of the run to use");

  /** All settings of {@code inspect}. */
  public static final SettingTable TABLE =
      new SettingTable(List.of(RunSettings.RUN, RunSettings.RUNS_DIR, CHECKPOINT));

  /** Completes the values with the defaults. */
  public InspectSettings {
    values = values.complete(TABLE);
  }

  /** {@return a builder with every default} */
  public static SettingsBuilder<InspectSettings> builder() {
    return new SettingsBuilder<>(TABLE, SettingValues.NONE, InspectSettings::new);
  }

  @Override
  public SettingTable table() {
    return TABLE;
  }
}
