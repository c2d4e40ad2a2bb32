package io.ghostmoe;

import java.nio.file.Path;
import java.util.List;

/**
 * The settings of the data, from its source to its batches.
 *
 * @param values of {@link #TABLE}, complete and checked
 */
public record PrepareSettings(SettingValues values) implements CommandSettings {
  /** All settings of {@code prepare}. */
  public static final SettingTable TABLE =
      new SettingTable(DataSettings.ALL, List.of(RunSettings.SEED, RunSettings.THREADS));

  public PrepareSettings {
    values = values.complete(TABLE);
    DataSettingsCheck.check(values);
  }

  /** {@return a builder with every default} */
  public static SettingsBuilder<PrepareSettings> builder() {
    return new SettingsBuilder<>(TABLE, SettingValues.NONE, PrepareSettings::new);
  }

  @Override
  public SettingTable table() {
    return TABLE;
  }

  /** Settings from layers, lowest first, over the defaults. */
  public static PrepareSettings of(SettingValues... layers) {
    SettingValues values = SettingValues.NONE;
    for (SettingValues layer : layers) {
      values = layer.over(values);
    }
    return new PrepareSettings(values);
  }

  /** The layer in a configuration file of {@code train}, of which the data's part is taken. */
  public static SettingValues readJson(Path file) {
    return TrainSettings.readJson(file);
  }
}
