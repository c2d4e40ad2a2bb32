package io.ghostmoe.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code datasets clean}. */
final class DatasetsCleanCommand implements Callable<Integer> {
  private static final String INVALID = "--invalid";
  static final String YES = "--yes";

  private final Engine engine;
  private final Terminal terminal;
  private final Question question;
  private final CacheDirOption cacheDir = new CacheDirOption();
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("clean");

  DatasetsCleanCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.engine = engine;
    this.terminal = terminal;
    this.question = new Question(terminal, cancellation);
    spec.usageMessage()
        .description(
            "Removes every prepared dataset, or only what is damaged or unfinished.",
            "What prepare did not make is left alone; on a terminal it asks first.");
    OutputOptions.addTo(spec);
    spec.addOption(
        OutputOptions.flag(INVALID, "remove only what verify finds bad, and what builds left"));
    spec.addOption(OutputOptions.flag(YES, "do not ask"));
    cacheDir.addTo(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() {
    ParseResult parsed = spec.commandLine().getParseResult();
    Path folder = cacheDir.value(parsed);
    OutputMode mode = OutputOptions.mode(parsed);
    boolean invalid = parsed.matchedOptionValue(INVALID, false);
    boolean asks = mode == OutputMode.HUMAN && !invalid && !parsed.matchedOptionValue(YES, false);
    if (asks && !mayRemove(folder)) {
      terminal.line("nothing was removed");
      return ExitCodes.DONE;
    }
    new RemovalView(terminal).show(engine.clean(folder, invalid), folder, mode);
    return ExitCodes.DONE;
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
