package io.ghostmoe.cli;

import io.ghostmoe.PrepareSettings;
import io.ghostmoe.ResultJson;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code prepare}. */
final class PrepareCommand implements Callable<Integer> {
  private final Engine engine;
  private final Terminal terminal;
  private final Cancellation cancellation;
  private final SettingOptions options = new SettingOptions(PrepareSettings.TABLE);
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("prepare");

  PrepareCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.engine = engine;
    this.terminal = terminal;
    this.cancellation = cancellation;
    spec.usageMessage().description("Turns a dataset into cached tokens, ready for train.");
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
    PrepareSettings settings =
        ConfigOption.file(parsed)
            .map(file -> PrepareSettings.of(PrepareSettings.readJson(file), options.values(parsed)))
            .orElseGet(() -> PrepareSettings.of(options.values(parsed)));
    OutputMode mode = OutputOptions.mode(parsed);
    PrepareOutcome outcome;
    try (PrepareView view = new PrepareView(terminal, mode, cancellation)) {
      outcome = engine.prepare(settings, view);
    }
    switch (mode) {
      case HUMAN -> describe(outcome);
      case JSON -> terminal.result(ResultJson.write(json(outcome)));
      case QUIET -> {}
    }
    return ExitCodes.DONE;
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
