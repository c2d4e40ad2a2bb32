package io.ghostmoe.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The flags that say how a command talks. */
final class OutputOptions {
  static final String DEBUG = "--debug";
  static final String JSON = "--json";
  private static final String QUIET = "--quiet";

  private OutputOptions() {}

  static void addTo(CommandSpec command) {
    addHelp(command);
    command.addOption(flag(JSON, "print one JSON object instead of lines, on failure too"));
    command.addOption(flag(QUIET, "print errors only"));
    addDebug(command);
  }

  static void addHelp(CommandSpec command) {
    command.addOption(
        OptionSpec.builder("-h", "--help")
            .usageHelp(true)
            .arity("0")
            .description("show this help and end")
            .build());
  }

  static void addVersion(CommandSpec command) {
    command.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .arity("0")
            .description("show the version and end")
            .build());
  }

  static void addDebug(CommandSpec command) {
    command.addOption(flag(DEBUG, "print the stack trace of an error"));
  }

  /** A flag that is given or not. */
  static OptionSpec flag(String name, String description) {
    return OptionSpec.builder(name)
        .type(boolean.class)
        .arity("0")
        .defaultValue("false")
        .description(description)
        .build();
  }

  /** Whether a stack trace is wanted, be it asked before or behind the command's name. */
  static boolean isDebug(ParseResult root) {
    return root.asCommandLineList().stream()
        .anyMatch(line -> line.getParseResult().matchedOptionValue(DEBUG, false));
  }

  /** How the command shall talk; JSON is quiet already, so it wins. */
  static OutputMode mode(ParseResult parsed) {
    if (parsed.matchedOptionValue(JSON, false)) {
      return OutputMode.JSON;
    }
    return parsed.matchedOptionValue(QUIET, false) ? OutputMode.QUIET : OutputMode.HUMAN;
  }
}
