package io.ghostmoe.cli;

import io.ghostmoe.DataSettings;
import io.ghostmoe.SettingTable;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** {@code datasets list}. */
final class DatasetsListCommand {
  private final Engine engine;
  private final Terminal terminal;

  DatasetsListCommand(Engine engine, Terminal terminal) {
    this.engine = engine;
    this.terminal = terminal;
  }

  CommandSpec spec() {
    return Command.spec(
        "list",
        terminal,
        SettingTable.of(DataSettings.CACHE_DIR),
        this::run,
        "Lists the datasets that are prepared, and those that are damaged.");
  }

  private int run(Invocation typed) {
    Path folder = typed.get(DataSettings.CACHE_DIR);
    List<DatasetRow> rows = engine.datasets(folder);
    return typed.answer(() -> show(rows, folder), () -> DatasetTable.json(rows));
  }

  private void show(List<DatasetRow> rows, Path folder) {
    if (rows.isEmpty()) {
      terminal.line(
          "nothing is prepared in %s yet: ghostmoe prepare --dataset FILE does it"
              .formatted(folder));
      return;
    }
    List<String> lines = DatasetTable.lines(rows, ZoneId.systemDefault());
    terminal.line(terminal.bold(lines.getFirst()));
    lines.stream().skip(1).forEach(terminal::line);
  }
}
