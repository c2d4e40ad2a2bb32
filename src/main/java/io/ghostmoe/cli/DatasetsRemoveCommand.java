package io.ghostmoe.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code datasets remove}. */
final class DatasetsRemoveCommand implements Callable<Integer> {
  private final Engine engine;
  private final Terminal terminal;
  private final CacheDirOption cacheDir = new CacheDirOption();
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("remove");

  DatasetsRemoveCommand(Engine engine, Terminal terminal) {
    this.engine = engine;
    this.terminal = terminal;
    spec.usageMessage()
        .description(
            "Removes prepared datasets; a run that reads one is not disturbed.",
            "Where a name is wrong or stands for several, nothing is removed.");
    OutputOptions.addTo(spec);
    cacheDir.addTo(spec);
    DatasetNames.addTo(spec, "1..*", "The datasets, as datasets list names them.");
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() {
    ParseResult parsed = spec.commandLine().getParseResult();
    Path folder = cacheDir.value(parsed);
    new RemovalView(terminal)
        .show(
            engine.remove(folder, DatasetNames.values(parsed)), folder, OutputOptions.mode(parsed));
    return ExitCodes.DONE;
  }
}
