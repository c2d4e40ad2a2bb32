package io.ghostmoe.cli;

import io.ghostmoe.ResultJson;
import io.ghostmoe.Setting;
import io.ghostmoe.SettingValues;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.ParseResult;

/** One call of a command: what was typed, and how it is to be answered. */
final class Invocation {
  private final ParseResult parsed;
  private final SettingOptions options;
  private final Terminal terminal;

  Invocation(ParseResult parsed, SettingOptions options, Terminal terminal) {
    this.parsed = parsed;
    this.options = options;
    this.terminal = terminal;
  }

  /** What was typed beside settings. */
  ParseResult parsed() {
    return parsed;
  }

  /** The settings that were typed. */
  SettingValues settings() {
    return options.values(parsed);
  }

  /** What was typed for a setting that has a default, or that. */
  <T> T get(Setting<T> setting) {
    return settings().find(setting).or(setting::defaultValue).orElseThrow();
  }

  /** Whether a flag that is no setting was typed. */
  boolean has(String flag) {
    return parsed.matchedOptionValue(flag, false);
  }

  /** Who reads the answer. */
  OutputMode mode() {
    return OutputOptions.mode(parsed);
  }

  /**
   * Answers.
   *
   * @param lines shows the result to a person
   * @param json the same as values for a program
   * @return the exit code of a command that is done
   */
  int answer(Runnable lines, Supplier<Map<String, ?>> json) {
    switch (mode()) {
      case HUMAN -> lines.run();
      case JSON -> terminal.result(ResultJson.write(json.get()));
      case QUIET -> {}
    }
    return ExitCodes.DONE;
  }
}
