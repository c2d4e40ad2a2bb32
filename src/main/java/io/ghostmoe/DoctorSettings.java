package io.ghostmoe;

import java.util.List;

/**
 * The settings of {@code doctor}.
 *
 * @param values of {@link #TABLE}, complete
 */
public record DoctorSettings(SettingValues values) {
  /** All settings of {@code doctor}. */
  public static final SettingTable TABLE =
      new SettingTable(List.of(DataSettings.CACHE_DIR, RunSettings.RUNS_DIR));

  public DoctorSettings {
    values = values.complete(TABLE);
  }

  /**
   * The value of a setting.
   *
   * @throws IllegalArgumentException where it is none of these
   */
  public <T> T get(Setting<T> setting) {
    return values
        .find(setting)
        .orElseThrow(() -> new IllegalArgumentException(setting + " is no setting of doctor"));
  }
}
