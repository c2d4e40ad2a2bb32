package io.ghostmoe;

import java.util.List;

/**
 * The settings of {@code doctor}.
 *
 * @param values of {@link #TABLE}, complete
 */
public record DoctorSettings(SettingValues values) implements CommandSettings {
  /** All settings of {@code doctor}. */
  public static final SettingTable TABLE =
      new SettingTable(List.of(DataSettings.CACHE_DIR, RunSettings.RUNS_DIR));

  /** Completes the values with the defaults. */
  public DoctorSettings {
    values = values.complete(TABLE);
  }

  /** {@return a builder with every default} */
  public static SettingsBuilder<DoctorSettings> builder() {
    return new SettingsBuilder<>(TABLE, SettingValues.NONE, DoctorSettings::new);
  }

  @Override
  public SettingTable table() {
    return TABLE;
  }
}
