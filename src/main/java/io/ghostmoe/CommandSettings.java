package io.ghostmoe;

import java.util.Locale;
import java.util.Optional;

/** The settings of one command: a value for each setting of its table, or absence. */
public interface CommandSettings {
  /** All settings that the command has. */
  SettingTable table();

  /** A value for each of them that is not absent. */
  SettingValues values();

  /**
   * The value of a setting; empty where it is absent or not yet worked out.
   *
   * @throws IllegalArgumentException where the command has no such setting
   */
  default <T> Optional<T> find(Setting<T> setting) {
    return values().find(table().require(setting));
  }

  /**
   * The value of a setting that has one.
   *
   * @throws IllegalArgumentException where the command has no such setting
   * @throws IllegalStateException where it is absent or not yet worked out
   */
  default <T> T get(Setting<T> setting) {
    return find(setting).orElseThrow(() -> new IllegalStateException(setting + " is absent"));
  }

  /** A setting of words as a constant of the enum that has these words in upper case. */
  default <E extends Enum<E>> E get(Setting<String> setting, Class<E> type) {
    return Enum.valueOf(type, get(setting).toUpperCase(Locale.ROOT));
  }
}
