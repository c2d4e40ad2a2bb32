package io.ghostmoe.cli;

import io.ghostmoe.PrepareSettings;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** {@code prepare}. */
final class PrepareCommand {
  private final Engine engine;
  private final Terminal terminal;
  private final Cancellation cancellation;

  PrepareCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.engine = engine;
    this.terminal = terminal;
    this.cancellation = cancellation;
  }

  CommandSpec spec() {
    CommandSpec spec =
        Command.spec(
            "prepare",
            terminal,
            PrepareSettings.TABLE,
            this::run,
            "Turns a dataset into cached tokens, ready for train.");
    ConfigOption.addTo(spec);
    return spec;
  }

  private int run(Invocation typed) {
    PrepareSettings settings = PrepareSettings.layered(ConfigOption.file(typed), typed.settings());
    PrepareOutcome outcome;
    try (PrepareView view = new PrepareView(terminal, typed.mode(), cancellation)) {
      outcome = engine.prepare(settings, view);
    }
    return typed.answer(() -> describe(outcome), () -> json(outcome));
  }

  private void describe(PrepareOutcome outcome) {
    terminal.line(
        "%s %s in %s"
            .formatted(
                terminal.bold(Formats.oneLine(outcome.name())),
                outcome.cacheHit() ? "was prepared already" : "prepared",
                Formats.duration(outcome.seconds())));
    terminal.line(
        "samples %s+%s, %s, %s in %s"
            .formatted(
                Formats.count(outcome.trainSamples()),
                Formats.count(outcome.evalSamples()),
                Formats.count(outcome.tokens(), "token"),
                Formats.bytes(outcome.bytes()),
                outcome.folder()));
  }

  private static Map<String, Object> json(PrepareOutcome outcome) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", outcome.name());
    json.put("folder", outcome.folder().toString());
    json.put("cache_hit", outcome.cacheHit());
    json.put("train_samples", outcome.trainSamples());
    json.put("eval_samples", outcome.evalSamples());
    json.put("tokens", outcome.tokens());
    json.put("bytes", outcome.bytes());
    json.put("seconds", outcome.seconds());
    return json;
  }
}
