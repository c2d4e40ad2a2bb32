package io.ghostmoe.cli;

import io.ghostmoe.DataSettings;
import io.ghostmoe.ResultJson;
import io.ghostmoe.SettingTable;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code datasets list}. */
final class DatasetsCommand implements Callable<Integer> {
  private final Engine engine;
  private final Terminal terminal;
  private final SettingOptions options =
      new SettingOptions(SettingTable.of(DataSettings.CACHE_DIR));
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("list");

  DatasetsCommand(Engine engine, Terminal terminal) {
    this.engine = engine;
    this.terminal = terminal;
    spec.usageMessage()
        .description("Lists the datasets that are prepared, and those that are damaged.");
    OutputOptions.addTo(spec);
    options.addTo(spec);
  }

  /** The group of commands; alone it shows its help. */
  CommandSpec spec() {
    CommandSpec group = new HelpOnly().named("datasets");
    group.usageMessage().description("Shows what is prepared.");
    OutputOptions.addHelp(group);
    group.addSubcommand("list", spec);
    return group;
  }

  @Override
  public Integer call() {
    ParseResult parsed = spec.commandLine().getParseResult();
    Path cacheDir =
        options
            .values(parsed)
            .find(DataSettings.CACHE_DIR)
            .or(DataSettings.CACHE_DIR::defaultValue)
            .orElseThrow();
    List<DatasetRow> rows = engine.datasets(cacheDir);
    switch (OutputOptions.mode(parsed)) {
      case HUMAN -> show(rows, cacheDir);
      case JSON -> terminal.text(ResultJson.write(DatasetTable.json(rows)));
      case QUIET -> {}
    }
    return ExitCodes.DONE;
  }

  private void show(List<DatasetRow> rows, Path cacheDir) {
    if (rows.isEmpty()) {
      terminal.line(
          "nothing is prepared in %s yet: ghostmoe prepare --dataset FILE does it"
              .formatted(cacheDir));
      return;
    }
    List<String> lines = DatasetTable.lines(rows, ZoneId.systemDefault());
    terminal.line(terminal.bold(lines.getFirst()));
    lines.stream().skip(1).forEach(terminal::line);
  }
}
