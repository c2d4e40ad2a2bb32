package io.ghostmoe.cli;

import io.ghostmoe.DatasetInspectSettings;
import io.ghostmoe.data.DatasetInspection;
import io.ghostmoe.data.DatasetInspection.Sample;
import java.time.ZoneId;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** {@code datasets inspect}. */
final class DatasetsInspectCommand {
  /** Around what {@code --loss-on answer} scores; end-of-text is scored with it. */
  private static final String BEGIN = "«";

  private static final String END = "»";

  private final Engine engine;
  private final Terminal terminal;

  DatasetsInspectCommand(Engine engine, Terminal terminal) {
    this.engine = engine;
    this.terminal = terminal;
  }

  CommandSpec spec() {
    CommandSpec spec =
        Command.spec(
            "inspect",
            terminal,
            DatasetInspectSettings.TABLE,
            this::run,
            "Shows what a prepared dataset holds, and decodes a few of its documents.",
            "What --loss-on answer scores stands between « and ».");
    DatasetNames.addTo(spec, "1", "The dataset, as datasets list names it.");
    return spec;
  }

  private int run(Invocation typed) {
    String name = DatasetNames.values(typed).getFirst();
    DatasetInspection found =
        engine.inspectDataset(new DatasetInspectSettings(name, typed.settings()));
    return typed.answer(() -> show(found), () -> DatasetInspectionView.json(found));
  }

  private void show(DatasetInspection found) {
    DatasetInspectionView.lines(found, ZoneId.systemDefault()).forEach(terminal::line);
    DatasetInspectionView.lengths("train", found.trainLengths()).forEach(terminal::line);
    DatasetInspectionView.lengths("eval", found.evalLengths()).forEach(terminal::line);
    show("train", found.train(), found.entry().trainSamples());
    show("eval", found.eval(), found.entry().evalSamples());
  }

  private void show(String split, List<Sample> samples, int all) {
    for (Sample sample : samples) {
      terminal.line("");
      terminal.line(terminal.bold(DatasetInspectionView.heading(split, sample, all)));
      terminal.line(text(sample) + (sample.cut() ? " …" : ""));
    }
  }

  private String text(Sample sample) {
    if (sample.answerAt() < 0) {
      return Formats.printable(sample.text());
    }
    String prompt = sample.text().substring(0, sample.answerAt());
    String answer = Formats.printable(sample.text().substring(sample.answerAt()));
    return Formats.printable(prompt) + terminal.green(BEGIN + answer + END);
  }
}
