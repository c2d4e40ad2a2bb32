package io.ghostmoe;

import io.ghostmoe.base.UserException;
import java.util.List;

/**
 * The settings of {@code generate}.
 *
 * @param values of {@link #TABLE}, complete
 */
public record GenerateSettings(SettingValues values) implements CommandSettings {
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

  /**
   * Completes the values with the defaults.
   *
   * @throws UserException where there is a prompt although lines are to be read
   */
  public GenerateSettings {
    values = values.complete(TABLE);
    String prompt = values.find(SamplingSettings.PROMPT).orElseThrow();
    if (values.find(SamplingSettings.INTERACTIVE).orElseThrow() && !prompt.isEmpty()) {
      throw UserException.input(
          "--prompt and --interactive contradict each other: leave one out; with --interactive"
              + " each line of the input is a prompt");
    }
  }

  /** {@return a builder with every default} */
  public static SettingsBuilder<GenerateSettings> builder() {
    return new SettingsBuilder<>(TABLE, SettingValues.NONE, GenerateSettings::new);
  }

  @Override
  public SettingTable table() {
    return TABLE;
  }
}
