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
   * @throws UserException where two of prompt, question and lines to be read are asked for
   */
  public GenerateSettings {
    values = values.complete(TABLE);
    boolean prompt = !values.find(SamplingSettings.PROMPT).orElseThrow().isEmpty();
    boolean question = !values.find(SamplingSettings.QUESTION).orElseThrow().isEmpty();
    boolean lines = values.find(SamplingSettings.INTERACTIVE).orElseThrow();
    refuse(prompt && lines, "--prompt and --interactive");
    refuse(question && lines, "--question and --interactive");
    refuse(prompt && question, "--prompt and --question");
  }

  private static void refuse(boolean both, String flags) {
    if (both) {
      throw UserException.input(
          flags
              + " contradict each other: leave one out; with --interactive each line of the input"
              + " is a prompt");
    }
  }

  /** {@return the text to go on from: the prompt, or the question in the form of training} */
  public String prompt() {
    String question = get(SamplingSettings.QUESTION);
    return question.isEmpty() ? get(SamplingSettings.PROMPT) : TrainedModel.question(question);
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
