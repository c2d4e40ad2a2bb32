package io.ghostmoe;

import io.ghostmoe.base.UserException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The settings of the data, from its source to its batches.
 *
 * @param values of {@link #TABLE}, complete and checked
 */
public record PrepareSettings(SettingValues values) implements CommandSettings {
  /** All settings of {@code prepare}. */
  public static final SettingTable TABLE =
      new SettingTable(DataSettings.ALL, List.of(RunSettings.SEED, RunSettings.THREADS));

  /**
   * Completes the values with the defaults and checks them against each other.
   *
   * @throws UserException where no dataset is named, or they contradict each other
   */
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

  /**
   * {@return settings from layers, over the defaults}
   *
   * @param layers lowest first; what they set besides the data's part is left out
   * @throws UserException where no dataset is named, or the settings contradict each other
   */
  public static PrepareSettings of(SettingValues... layers) {
    SettingValues values = SettingValues.NONE;
    for (SettingValues layer : layers) {
      values = layer.over(values);
    }
    return new PrepareSettings(values);
  }

  /**
   * {@return settings as the command line takes them: defaults, below the file, below the flags}
   *
   * @param file a configuration file of {@code train}; empty for none
   * @param flags what lies over it
   * @throws UserException naming the flag or file, the value and the remedy
   */
  public static PrepareSettings layered(Optional<Path> file, SettingValues flags) {
    return file.map(path -> of(readJson(path), flags)).orElseGet(() -> of(flags));
  }

  /**
   * {@return the layer in a configuration file of {@code train}, of which {@link #of} takes the
   * data's part}
   *
   * @param file one JSON object, in which comments are allowed
   * @throws UserException naming the file, and the key with the nearest known one, or the value
   *     that does not fit
   */
  public static SettingValues readJson(Path file) {
    return TrainSettings.readJson(file);
  }
}
