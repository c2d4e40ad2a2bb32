package io.ghostmoe;

import io.ghostmoe.base.UserException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One thing that a user can set, declared once: its name gives the key in JSON and the flag, its
 * type the parser and the bounds, its description the help.
 *
 * @param <T> class of its values
 */
public final class Setting<T> {
  /** What a setting is about: the heading under which the help lists it. */
  public enum Group {
    /** The data, from their source to batches. */
    DATA("Data"),
    /** The size of the model, its router, and the weights that it begins with. */
    MODEL("Model"),
    /** Spare experts. */
    GHOSTS("Ghost experts"),
    /** How long and how fast the model learns. */
    OPTIMIZATION("Optimization"),
    /** Where a run lies, what it writes and what it computes on. */
    RUN("Run"),
    /** How text is drawn from a trained model. */
    SAMPLING("Sampling");

    private final String title;

    Group(String title) {
      this.title = title;
    }

    /** {@return the heading, for people} */
    public String title() {
      return title;
    }
  }

  /** The word that asks for the value that is worked out. */
  static final String AUTO = "auto";

  private final Group group;
  private final String name;
  private final SettingType<T> type;
  private final String description;
  private final @Nullable T defaultValue;
  private final String absence;
  private final boolean changesMathematics;

  private Setting(
      Group group,
      String name,
      SettingType<T> type,
      String description,
      @Nullable T defaultValue,
      String absence,
      boolean changesMathematics) {
    if (!name.matches("[a-z][a-z0-9]*(_[a-z0-9]+)*")) {
      throw new IllegalArgumentException(name + " is not snake_case");
    }
    this.group = group;
    this.name = name;
    this.type = type;
    this.description = description;
    this.defaultValue = defaultValue;
    this.absence = absence;
    this.changesMathematics = changesMathematics;
  }

  /** A setting with a default. */
  static <T> Setting<T> of(
      Group group, String name, SettingType<T> type, T defaultValue, String description) {
    String absence = defaultValue.toString();
    return new Setting<>(group, name, type, description, defaultValue, absence, true);
  }

  /** A setting that may be absent; {@code absence} tells the reader of the help what that means. */
  static <T> Setting<T> open(
      Group group, String name, SettingType<T> type, String absence, String description) {
    return new Setting<>(group, name, type, description, null, absence, true);
  }

  /** The same setting, which a resumed run may change because no number of it depends on it. */
  Setting<T> free() {
    return new Setting<>(group, name, type, description, defaultValue, absence, false);
  }

  /** {@return what it is about} */
  public Group group() {
    return group;
  }

  /** {@return its key in JSON, in snake_case} */
  public String name() {
    return name;
  }

  /** {@return its flag, in kebab-case, with the dashes before it} */
  public String flag() {
    return "--" + name.replace('_', '-');
  }

  /** {@return what kind of values it has, and their bounds} */
  public SettingType<T> type() {
    return type;
  }

  /** {@return one line for the help} */
  public String description() {
    return description;
  }

  /** {@return its default; empty where absence has a meaning of its own} */
  public Optional<T> defaultValue() {
    return Optional.ofNullable(defaultValue);
  }

  /** {@return the default, or what absence means, in words} */
  public String absence() {
    return absence;
  }

  /** Whether a resumed run must have the value that the run was started with. */
  boolean changesMathematics() {
    return changesMathematics;
  }

  /**
   * The value that a text stands for; {@code auto} stands for absence where a setting may be
   * absent.
   *
   * @throws UserException naming the flag, the text and what is allowed
   */
  Optional<T> parse(String text) {
    if (defaultValue == null && text.equals(AUTO) && !type.words().contains(AUTO)) {
      return Optional.empty();
    }
    try {
      T value = type.parse(text);
      if (type.allows(value)) {
        return Optional.of(value);
      }
    } catch (IllegalArgumentException e) {
      // refused below, as a value out of bounds is
    }
    throw refused(text);
  }

  /** The value that a JSON value stands for; null stands for absence. */
  Optional<T> read(JsonNode json) {
    boolean open = defaultValue == null;
    if (open && json.isNull()) {
      return Optional.empty();
    }
    if (type.readsJson(json) || (open && json.isString() && json.stringValue().equals(AUTO))) {
      return parse(json.asString());
    }
    throw refused(json.toString());
  }

  /**
   * The value itself.
   *
   * @throws UserException naming the flag, the value and what is allowed, where it is out of bounds
   */
  T check(T value) {
    if (!type.allows(value)) {
      throw refused(value.toString());
    }
    return value;
  }

  private UserException refused(String value) {
    return UserException.input(
        "%s %s: must be %s%s"
            .formatted(
                flag(),
                value.isBlank() ? '"' + value + '"' : value,
                type.expectation(),
                defaultValue == null ? "" : " (default " + absence + ")"));
  }

  @Override
  public String toString() {
    return name;
  }
}
