package io.ghostmoe.cli;

import io.ghostmoe.ResultJson;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code datasets list}. */
final class DatasetsListCommand implements Callable<Integer> {
  private final Engine engine;
  private final Terminal terminal;
  private final CacheDirOption cacheDir = new CacheDirOption();
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("list");

  DatasetsListCommand(Engine engine, Terminal terminal) {
    this.engine = engine;
    this.terminal = terminal;
    spec.usageMessage()
        .description("Lists the datasets that are prepared, and those that are damaged.");
    OutputOptions.addTo(spec);
    cacheDir.addTo(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() {
    ParseResult parsed = spec.commandLine().getParseResult();
    Path folder = cacheDir.value(parsed);
    List<DatasetRow> rows = engine.datasets(folder);
    switch (OutputOptions.mode(parsed)) {
      case HUMAN -> show(rows, folder);
      case JSON -> terminal.result(ResultJson.write(DatasetTable.json(rows)));
      case QUIET -> {}
    }
    return ExitCodes.DONE;
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
