package io.ghostmoe.cli;

import io.ghostmoe.DatasetInspectSettings;
import io.ghostmoe.ResultJson;
import io.ghostmoe.data.DatasetInspection;
import io.ghostmoe.data.DatasetInspection.Sample;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code datasets inspect}. */
final class DatasetsInspectCommand implements Callable<Integer> {
  private final Engine engine;
  private final Terminal terminal;
  private final SettingOptions options = new SettingOptions(DatasetInspectSettings.TABLE);
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("inspect");

  DatasetsInspectCommand(Engine engine, Terminal terminal) {
    this.engine = engine;
    this.terminal = terminal;
    spec.usageMessage()
        .description("Shows what a prepared dataset holds, and decodes a few of its documents.");
    OutputOptions.addTo(spec);
    options.addTo(spec);
    DatasetNames.addTo(spec, "1", "The dataset, as datasets list names it.");
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() {
    ParseResult parsed = spec.commandLine().getParseResult();
    String name = DatasetNames.values(parsed).getFirst();
    DatasetInspection found =
        engine.inspectDataset(new DatasetInspectSettings(name, options.values(parsed)));
    switch (OutputOptions.mode(parsed)) {
      case HUMAN -> show(found);
      case JSON -> terminal.result(ResultJson.write(DatasetInspectionView.json(found)));
      case QUIET -> {}
    }
    return ExitCodes.DONE;
  }

  private void show(DatasetInspection found) {
    DatasetInspectionView.lines(found, ZoneId.systemDefault()).forEach(terminal::line);
    show("train", found.train(), found.entry().trainSamples());
    show("eval", found.eval(), found.entry().evalSamples());
  }

  private void show(String split, List<Sample> samples, int all) {
    for (Sample sample : samples) {
      terminal.line("");
      terminal.line(terminal.bold(DatasetInspectionView.heading(split, sample, all)));
      terminal.line(Formats.printable(sample.text()) + (sample.cut() ? " …" : ""));
    }
  }
}
