package io.ghostmoe.cli;

import io.ghostmoe.DataSettings;
import io.ghostmoe.SettingTable;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;

/** {@code datasets remove}. */
final class DatasetsRemoveCommand {
  private final Engine engine;
  private final Terminal terminal;

  DatasetsRemoveCommand(Engine engine, Terminal terminal) {
    this.engine = engine;
    this.terminal = terminal;
  }

  CommandSpec spec() {
    CommandSpec spec =
        Command.spec(
            "remove",
            terminal,
            SettingTable.of(DataSettings.CACHE_DIR),
            this::run,
            "Removes prepared datasets; a run that reads one is not disturbed.",
            "Where a name is wrong or stands for several, nothing is removed.");
    DatasetNames.addTo(spec, "1..*", "The datasets, as datasets list names them.");
    return spec;
  }

  private int run(Invocation typed) {
    Path folder = typed.get(DataSettings.CACHE_DIR);
    return new RemovalView(terminal)
        .answer(typed, engine.remove(folder, DatasetNames.values(typed)), folder);
  }
}
