package io.ghostmoe.cli;

import io.ghostmoe.InspectSettings;
import io.ghostmoe.RunInspection;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** {@code inspect}. */
final class InspectCommand {
  private final Engine engine;
  private final Terminal terminal;

  InspectCommand(Engine engine, Terminal terminal) {
    this.engine = engine;
    this.terminal = terminal;
  }

  CommandSpec spec() {
    return Command.spec(
        "inspect",
        terminal,
        InspectSettings.TABLE,
        this::run,
        "Shows what a run's checkpoint holds: each tensor, the totals, and its ghosts.",
        "Only headers are read, so a large model takes no longer than a small one.");
  }

  private int run(Invocation typed) {
    RunInspection found = engine.inspect(new InspectSettings(typed.settings()));
    return typed.answer(() -> show(found), () -> InspectionJson.of(found));
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
