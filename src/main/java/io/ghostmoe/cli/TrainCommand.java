package io.ghostmoe.cli;

import io.ghostmoe.TrainSettings;
import io.ghostmoe.train.MetricsJson;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;
import picocli.CommandLine.Model.CommandSpec;

/** {@code train}. */
final class TrainCommand {
  private final Engine engine;
  private final Terminal terminal;
  private final Cancellation cancellation;

  TrainCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.engine = engine;
    this.terminal = terminal;
    this.cancellation = cancellation;
  }

  CommandSpec spec() {
    CommandSpec spec =
        Command.spec(
            "train",
            terminal,
            TrainSettings.TABLE,
            this::run,
            "Trains a model: prepares the data if needed, trains, evaluates, saves.",
            "Without --dataset and --config it trains the preset quickstart, in a minute or two.");
    ConfigOption.addTo(spec);
    return spec;
  }

  private int run(Invocation typed) {
    TrainSettings settings = TrainSettings.layered(ConfigOption.file(typed), typed.settings());
    RunSummary summary = train(settings, typed.mode());
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
