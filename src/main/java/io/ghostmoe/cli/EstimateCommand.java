package io.ghostmoe.cli;

import io.ghostmoe.Estimate;
import io.ghostmoe.EstimateSettings;
import io.ghostmoe.ResultJson;
import io.ghostmoe.SettingValues;
import io.ghostmoe.TrainSettings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code estimate}. */
final class EstimateCommand implements Callable<Integer> {
  private final Engine engine;
  private final Terminal terminal;
  private final Cancellation cancellation;
  private final SettingOptions options = new SettingOptions(EstimateSettings.TABLE);
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("estimate");

  EstimateCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.engine = engine;
    this.terminal = terminal;
    this.cancellation = cancellation;
    spec.usageMessage()
        .description(
            "Says what a training with these settings would take, before it begins.",
            "That is parameters, memory, steps, and time, from a few steps that it runs and"
                + " forgets; it takes some seconds.");
    OutputOptions.addTo(spec);
    ConfigOption.addTo(spec);
    options.addTo(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() {
    ParseResult parsed = spec.commandLine().getParseResult();
    SettingValues flags = options.values(parsed);
    TrainSettings settings = TrainSettings.layered(ConfigOption.file(parsed), flags);
    boolean measured = flags.find(EstimateSettings.MEASURE).orElse(true);
    Estimate estimate = engine.estimate(settings, measured, cancellation::isRequested);
    switch (OutputOptions.mode(parsed)) {
      case HUMAN -> EstimateText.lines(estimate, settings).forEach(terminal::line);
      case JSON -> terminal.result(ResultJson.write(EstimateText.json(estimate)));
      case QUIET -> {}
    }
    return ExitCodes.DONE;
  }
}
