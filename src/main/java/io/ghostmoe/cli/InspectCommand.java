package io.ghostmoe.cli;

import io.ghostmoe.InspectSettings;
import io.ghostmoe.ResultJson;
import io.ghostmoe.RunInspection;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code inspect}. */
final class InspectCommand implements Callable<Integer> {
  private final Engine engine;
  private final Terminal terminal;
  private final SettingOptions options = new SettingOptions(InspectSettings.TABLE);
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("inspect");

  InspectCommand(Engine engine, Terminal terminal) {
    this.engine = engine;
    this.terminal = terminal;
    spec.usageMessage()
        .description(
            "Shows what a run's checkpoint holds: each tensor, the totals, and its ghosts.",
            "Only headers are read, so a large model takes no longer than a small one.");
    OutputOptions.addTo(spec);
    options.addTo(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() {
    ParseResult parsed = spec.commandLine().getParseResult();
    RunInspection found = engine.inspect(new InspectSettings(options.values(parsed)));
    switch (OutputOptions.mode(parsed)) {
      case HUMAN -> show(found);
      case JSON -> terminal.result(ResultJson.write(InspectionJson.of(found)));
      case QUIET -> {}
    }
    return ExitCodes.DONE;
  }

  private void show(RunInspection found) {
    terminal.line("run         " + terminal.bold(Formats.oneLine(found.run())));
    terminal.line(
        "checkpoint  %s, after step %s"
            .formatted(
                Formats.oneLine(found.checkpoint().toString()), Formats.count(found.step())));
    terminal.line("");
    table(InspectionTable.tensors(found));
    terminal.line("");
    InspectionTable.totals(found).forEach(terminal::line);
    for (int layer = 0; layer < found.layers().size(); layer++) {
      if (!found.layers().get(layer).ghosts().isEmpty()) {
        terminal.line("");
        terminal.line(InspectionTable.heading(layer, found.layers().get(layer)));
        table(InspectionTable.ghosts(found.layers().get(layer)));
      }
    }
  }

  private void table(List<String> lines) {
    terminal.line(terminal.bold(lines.getFirst()));
    lines.stream().skip(1).forEach(terminal::line);
  }
}
