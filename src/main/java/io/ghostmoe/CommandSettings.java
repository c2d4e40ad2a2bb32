package io.ghostmoe;

import java.util.Locale;
import java.util.Optional;

/** The settings of one command: a value for each setting of its table, or absence. */
public interface CommandSettings {
  /** {@return all settings that the command has} */
  SettingTable table();

  /** {@return a value for each of them that is not absent} */
  SettingValues values();

  /**
   * {@return the value of a setting; empty where it is absent or not yet worked out}
   *
   * @param <T> class of the setting's values
   * @param setting of the command
   * @throws IllegalArgumentException where the command has no such setting
   */
  default <T> Optional<T> find(Setting<T> setting) {
    return values().find(table().require(setting));
  }

  /**
   * {@return the value of a setting that has one}
   *
   * @param <T> class of the setting's values
   * @param setting of the command
   * @throws IllegalArgumentException where the command has no such setting
   * @throws IllegalStateException where it is absent or not yet worked out
   */
  default <T> T get(Setting<T> setting) {
    return find(setting).orElseThrow(() -> new IllegalStateException(setting + " is absent"));
  }

  /**
   * {@return the value of a setting of words as a constant}
   *
   * @param <E> the enum
   * @param setting of the command, which has a value
   * @param type the enum that has these words in upper case
   * @throws IllegalArgumentException where the command has no such setting, or the enum no such
   *     constant
   * @throws IllegalStateException where the setting is absent or not yet worked out
   */
  default <E extends Enum<E>> E get(Setting<String> setting, Class<E> type) {
    return Enum.valueOf(type, get(setting).toUpperCase(Locale.ROOT));
  }
}
