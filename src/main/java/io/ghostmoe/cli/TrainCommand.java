package io.ghostmoe.cli;

import io.ghostmoe.SettingValues;
import io.ghostmoe.TrainSettings;
import io.ghostmoe.train.MetricsJson;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code train}. */
final class TrainCommand implements Callable<Integer> {
  private final Engine engine;
  private final Terminal terminal;
  private final Cancellation cancellation;
  private final SettingOptions options = new SettingOptions(TrainSettings.TABLE);
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("train");

  TrainCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.engine = engine;
    this.terminal = terminal;
    this.cancellation = cancellation;
    spec.usageMessage()
        .description(
            "Trains a model: prepares the data if needed, trains, evaluates, saves.",
            "Without --dataset and --config it trains the preset quickstart, in a minute or two.");
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
    RunSummary summary = train(settings, OutputOptions.mode(parsed));
    return summary.interrupted() ? ExitCodes.INTERRUPTED : ExitCodes.DONE;
  }

  private RunSummary train(TrainSettings settings, OutputMode mode) {
    if (mode == OutputMode.HUMAN) {
      try (TrainView view = new TrainView(terminal, cancellation, System::nanoTime)) {
        RunSummary summary = engine.train(settings, view);
        view.summarize(summary);
        return summary;
      }
    }
    RunSummary summary = engine.train(settings, silent());
    if (mode == OutputMode.JSON) {
      terminal.result(MetricsJson.summary(summary));
    }
    return summary;
  }

  private TrainListener silent() {
    return new TrainListener() {
      @Override
      public boolean cancelled() {
        return cancellation.isRequested();
      }
    };
  }
}
