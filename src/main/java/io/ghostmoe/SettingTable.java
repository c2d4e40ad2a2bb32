package io.ghostmoe;

import io.ghostmoe.base.NearestName;
import io.ghostmoe.base.UserException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The settings of one command, in the order of its help and of its JSON. */
public final class SettingTable {
  private final Map<String, Setting<?>> settings = new LinkedHashMap<>();

  @SafeVarargs
  SettingTable(Collection<Setting<?>>... groups) {
    for (Collection<Setting<?>> group : groups) {
      for (Setting<?> setting : group) {
        if (settings.putIfAbsent(setting.name(), setting) != null) {
          throw new IllegalArgumentException(setting + " is declared twice");
        }
      }
    }
  }

  /**
   * {@return a table of a few settings, for a command that has no more}
   *
   * @param settings no two of the same name
   * @throws IllegalArgumentException where two have the same name
   */
  public static SettingTable of(Setting<?>... settings) {
    return new SettingTable(List.of(settings));
  }

  /** {@return all settings, in the order of the help} */
  public List<Setting<?>> all() {
    return List.copyOf(settings.values());
  }

  /**
   * {@return the setting itself}
   *
   * @throws IllegalArgumentException where the command has no such setting
   */
  <S extends Setting<?>> S require(S setting) {
    if (settings.get(setting.name()) != setting) {
      throw new IllegalArgumentException(
          "the command has no setting %s; it has %s".formatted(setting, settings.keySet()));
    }
    return setting;
  }

  /** The setting of that name, if there is one. */
  Optional<Setting<?>> find(String name) {
    return Optional.ofNullable(settings.get(name));
  }

  /**
   * The setting of that name.
   *
   * @param where the name was found, for the message
   * @throws UserException naming the nearest known one
   */
  Setting<?> named(String name, String where) {
    return find(name)
        .orElseThrow(
            () ->
                UserException.input(
                    "%s: unknown key \"%s\": did you mean \"%s\"?"
                        .formatted(
                            where, name, NearestName.of(name, settings.keySet()).orElse(""))));
  }
}
