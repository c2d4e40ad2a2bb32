package io.ghostmoe;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The settings of the data, from its source to its batches.
 *
 * @param values of {@link #TABLE}, complete and checked
 */
public record PrepareSettings(SettingValues values) {
  /** All settings of {@code prepare}. */
  public static final SettingTable TABLE =
      new SettingTable(DataSettings.ALL, List.of(RunSettings.SEED, RunSettings.THREADS));

  public PrepareSettings {
    values = values.complete(TABLE);
    DataSettingsCheck.check(values);
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

  /** The value of a setting; empty where it is absent. */
  public <T> Optional<T> find(Setting<T> setting) {
    if (!TABLE.contains(setting)) {
      throw new IllegalArgumentException(setting + " is no setting of prepare");
    }
    return values.find(setting);
  }

  /**
   * The value of a setting that has one.
   *
   * @throws IllegalStateException where it is absent
   */
  public <T> T get(Setting<T> setting) {
    return find(setting).orElseThrow(() -> new IllegalStateException(setting + " is absent"));
  }

  /** A setting of words as a constant of the enum that has these words in upper case. */
  public <E extends Enum<E>> E get(Setting<String> setting, Class<E> type) {
    return Enum.valueOf(type, get(setting).toUpperCase(Locale.ROOT));
  }
}
