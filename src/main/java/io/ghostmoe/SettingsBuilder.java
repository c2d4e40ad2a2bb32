package io.ghostmoe;

import java.util.function.Function;

/**
 * Collects the settings of one command: each value is checked at once, all together by {@link
 * #build}. What is not set has its default.
 *
 * @param <S> the settings that are built
 */
public final class SettingsBuilder<S extends CommandSettings> {
  private final SettingTable table;
  private final Function<SettingValues, S> complete;
  private SettingValues values;

  SettingsBuilder(SettingTable table, SettingValues values, Function<SettingValues, S> complete) {
    this.table = table;
    this.values = values;
    this.complete = complete;
  }

  /**
   * Sets one.
   *
   * @param <T> class of the setting's values
   * @param setting of the command
   * @param value that it gets
   * @return this builder
   * @throws io.ghostmoe.base.UserException where the value is out of the setting's bounds
   * @throws IllegalArgumentException where the command has no such setting
   */
  public <T> SettingsBuilder<S> with(Setting<T> setting, T value) {
    values = values.with(table.require(setting), value);
    return this;
  }

  /**
   * Leaves one to be worked out, or absent.
   *
   * @param setting of the command, which has no default
   * @return this builder
   * @throws IllegalArgumentException where the command has no such setting, or it has a default
   */
  public SettingsBuilder<S> withAuto(Setting<?> setting) {
    values = values.withAuto(table.require(setting));
    return this;
  }

  /**
   * Lays a layer over what was set before, such as a configuration file's or a preset's.
   *
   * @param layer of settings of the command
   * @return this builder
   * @throws IllegalArgumentException where the command lacks one of them
   */
  public SettingsBuilder<S> with(SettingValues layer) {
    layer.settings().forEach(table::require);
    values = layer.over(values);
    return this;
  }

  /**
   * {@return the settings, checked against each other}
   *
   * @throws io.ghostmoe.base.UserException where they contradict each other; names the flags, the
   *     values and the remedy
   */
  public S build() {
    return complete.apply(values);
  }
}
