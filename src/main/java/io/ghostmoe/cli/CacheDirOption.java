package io.ghostmoe.cli;

import io.ghostmoe.DataSettings;
import io.ghostmoe.SettingTable;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code --cache-dir DIR}, of commands that have no other setting. */
final class CacheDirOption {
  private final SettingOptions options =
      new SettingOptions(SettingTable.of(DataSettings.CACHE_DIR));

  void addTo(CommandSpec command) {
    options.addTo(command);
  }

  /** What was typed, or the default. */
  Path value(ParseResult parsed) {
    return options
        .values(parsed)
        .find(DataSettings.CACHE_DIR)
        .or(DataSettings.CACHE_DIR::defaultValue)
        .orElseThrow();
  }
}
