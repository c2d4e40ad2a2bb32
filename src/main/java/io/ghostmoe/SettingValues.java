package io.ghostmoe;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Some settings with values: a layer of a configuration. Immutable; each value is within the bounds
 * of its own setting. A setting can also be set to be absent, which hides the value of a lower
 * layer.
 */
public final class SettingValues {
  /** Sets nothing. */
  public static final SettingValues NONE = new SettingValues(Map.of());

  private final Map<Setting<?>, Optional<?>> values;

  private SettingValues(Map<Setting<?>, Optional<?>> values) {
    this.values = Collections.unmodifiableMap(values);
  }

  /**
   * {@return these values and one more}
   *
   * @param <T> class of the setting's values
   * @param setting of any command
   * @param value that it gets, whatever it had before
   * @throws io.ghostmoe.base.UserException where the value is out of the setting's bounds
   */
  public <T> SettingValues with(Setting<T> setting, T value) {
    return plus(setting, Optional.of(setting.check(value)));
  }

  /** These values, with a setting absent, to be worked out. */
  SettingValues withAuto(Setting<?> setting) {
    if (setting.defaultValue().isPresent()) {
      throw new IllegalArgumentException(setting + " cannot be absent");
    }
    return plus(setting, Optional.empty());
  }

  /**
   * {@return these values and the one that a text stands for}
   *
   * @param setting of any command
   * @param text as typed; {@code auto} sets absence where the setting has no default
   * @throws io.ghostmoe.base.UserException naming the flag, the text and what is allowed
   */
  public SettingValues withText(Setting<?> setting, String text) {
    return plus(setting, setting.parse(text));
  }

  SettingValues plus(Setting<?> setting, Optional<?> value) {
    Map<Setting<?>, Optional<?>> more = new LinkedHashMap<>(values);
    more.put(setting, value);
    return new SettingValues(more);
  }

  /** These values where they are set, else those of a lower layer. */
  SettingValues over(SettingValues lower) {
    Map<Setting<?>, Optional<?>> both = new LinkedHashMap<>(lower.values);
    both.putAll(values);
    return new SettingValues(both);
  }

  /** Exactly the settings of a table, defaults where nothing is set. */
  SettingValues complete(SettingTable table) {
    Map<Setting<?>, Optional<?>> complete = new LinkedHashMap<>();
    for (Setting<?> setting : table.all()) {
      complete.put(setting, sets(setting) ? find(setting) : setting.defaultValue());
    }
    return new SettingValues(complete);
  }

  /** The settings that are set, be it to absence. */
  Set<Setting<?>> settings() {
    return values.keySet();
  }

  /** Whether a setting is set, be it to absence. */
  boolean sets(Setting<?> setting) {
    return values.containsKey(setting);
  }

  /**
   * {@return the value of a setting; empty where it is absent or not set}
   *
   * @param <T> class of the setting's values
   * @param setting of any command
   */
  public <T> Optional<T> find(Setting<T> setting) {
    return values.getOrDefault(setting, Optional.empty()).map(setting.type().valueClass()::cast);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SettingValues that && values.equals(that.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
