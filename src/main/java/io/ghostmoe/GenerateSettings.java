package io.ghostmoe;

import io.ghostmoe.base.UserException;
import java.util.List;
import java.util.Optional;

/**
 * The settings of {@code generate}.
 *
 * @param values of {@link #TABLE}, complete
 */
public record GenerateSettings(SettingValues values) {
  /** All settings of {@code generate}. */
  public static final SettingTable TABLE =
      new SettingTable(
          SamplingSettings.ALL,
          List.of(
              RunSettings.RUN,
              RunSettings.RUNS_DIR,
              InspectSettings.CHECKPOINT,
              RunSettings.SEED,
              RunSettings.THREADS,
              RunSettings.DEVICE));

  /** Completes the values and refuses a prompt where lines are to be read. */
  public GenerateSettings {
    values = values.complete(TABLE);
    String prompt = values.find(SamplingSettings.PROMPT).orElseThrow();
    if (values.find(SamplingSettings.INTERACTIVE).orElseThrow() && !prompt.isEmpty()) {
      throw UserException.input(
          "--prompt and --interactive contradict each other: leave one out; with --interactive"
              + " each line of the input is a prompt");
    }
  }

  /** The value of a setting; empty where it is absent. */
  public <T> Optional<T> find(Setting<T> setting) {
    if (!TABLE.contains(setting)) {
      throw new IllegalArgumentException(setting + " is no setting of generate");
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
}
