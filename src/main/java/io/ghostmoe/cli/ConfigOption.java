package io.ghostmoe.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code --config FILE}: settings from a file, below the flags. */
final class ConfigOption {
  private static final String CONFIG = "--config";

  private ConfigOption() {}

  static void addTo(CommandSpec command) {
    command.addOption(
        OptionSpec.builder(CONFIG)
            .type(Path.class)
            .arity("1")
            .paramLabel("FILE")
            .description("JSON with the settings below in snake_case; flags win over it")
            .build());
  }

  static Optional<Path> file(Invocation typed) {
    return Optional.ofNullable(typed.parsed().matchedOptionValue(CONFIG, (Path) null));
  }
}
