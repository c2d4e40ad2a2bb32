package io.ghostmoe.cli;

import io.ghostmoe.Estimate;
import io.ghostmoe.EstimateSettings;
import io.ghostmoe.SettingValues;
import io.ghostmoe.TrainSettings;
import picocli.CommandLine.Model.CommandSpec;

/** {@code estimate}. */
final class EstimateCommand {
  private final Engine engine;
  private final Terminal terminal;
  private final Cancellation cancellation;

  EstimateCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.engine = engine;
    this.terminal = terminal;
    this.cancellation = cancellation;
  }

  CommandSpec spec() {
    CommandSpec spec =
        Command.spec(
            "estimate",
            terminal,
            EstimateSettings.TABLE,
            this::run,
            "Says what a training with these settings would take, before it begins.",
            "That is parameters, memory, steps, and time, from a few steps that it runs and"
                + " forgets; it takes some seconds.");
    ConfigOption.addTo(spec);
    return spec;
  }

  private int run(Invocation typed) {
    SettingValues flags = typed.settings();
    TrainSettings settings = TrainSettings.layered(ConfigOption.file(typed), flags);
    boolean measured = flags.find(EstimateSettings.MEASURE).orElse(true);
    Estimate estimate = engine.estimate(settings, measured, cancellation::isRequested);
    return typed.answer(
        () -> EstimateText.lines(estimate, settings).forEach(terminal::line),
        () -> EstimateText.json(estimate));
  }
}
