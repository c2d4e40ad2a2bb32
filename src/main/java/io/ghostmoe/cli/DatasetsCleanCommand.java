package io.ghostmoe.cli;

import io.ghostmoe.DataSettings;
import io.ghostmoe.SettingTable;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** {@code datasets clean}. */
final class DatasetsCleanCommand {
  private static final String INVALID = "--invalid";
  static final String YES = "--yes";

  private final Engine engine;
  private final Terminal terminal;
  private final Question question;

  DatasetsCleanCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.engine = engine;
    this.terminal = terminal;
    this.question = new Question(terminal, cancellation);
  }

  CommandSpec spec() {
    CommandSpec spec =
        Command.spec(
            "clean",
            terminal,
            SettingTable.of(DataSettings.CACHE_DIR),
            this::run,
            "Removes every prepared dataset, or only what is damaged or unfinished.",
            "What prepare did not make is left alone; on a terminal it asks first.");
    spec.addOption(
        OutputOptions.flag(INVALID, "remove only what verify finds bad, and what builds left"));
    spec.addOption(OutputOptions.flag(YES, "do not ask"));
    return spec;
  }

  private int run(Invocation typed) {
    Path folder = typed.get(DataSettings.CACHE_DIR);
    boolean invalid = typed.has(INVALID);
    boolean asks = typed.mode() == OutputMode.HUMAN && !invalid && !typed.has(YES);
    if (asks && !mayRemove(folder)) {
      terminal.line("nothing was removed");
      return ExitCodes.DONE;
    }
    return new RemovalView(terminal).answer(typed, engine.clean(folder, invalid), folder);
  }

  private boolean mayRemove(Path folder) {
    List<DatasetRow> rows = terminal.isInteractive() ? engine.datasets(folder) : List.of();
    return rows.isEmpty()
        || question.yes(
            "remove %s, %s, from %s?"
                .formatted(
                    rows.size() == 1
                        ? "the one dataset"
                        : "all %s datasets".formatted(Formats.count(rows.size())),
                    Formats.bytes(rows.stream().mapToLong(DatasetRow::bytes).sum()),
                    folder));
  }
}
