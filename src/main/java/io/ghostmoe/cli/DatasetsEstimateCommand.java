package io.ghostmoe.cli;

import io.ghostmoe.PrepareSettings;
import io.ghostmoe.data.PrepareEstimate;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** {@code datasets estimate}. */
final class DatasetsEstimateCommand {
  private final Engine engine;
  private final Terminal terminal;
  private final Cancellation cancellation;

  DatasetsEstimateCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.engine = engine;
    this.terminal = terminal;
    this.cancellation = cancellation;
  }

  CommandSpec spec() {
    CommandSpec spec =
        Command.spec(
            "estimate",
            terminal,
            PrepareSettings.TABLE,
            this::run,
            "Says what preparing a dataset would take: documents, tokens, disk and time.",
            "Reads all of it, tokenizes a sample and writes nothing.");
    ConfigOption.addTo(spec);
    return spec;
  }

  private int run(Invocation typed) {
    PrepareSettings settings = PrepareSettings.layered(ConfigOption.file(typed), typed.settings());
    PrepareEstimate estimate;
    try (PrepareView view = new PrepareView(terminal, typed.mode(), cancellation)) {
      estimate = engine.estimatePreparation(settings, view);
    }
    return typed.answer(() -> describe(estimate), () -> json(estimate));
  }

  private void describe(PrepareEstimate estimate) {
    terminal.line("documents  " + Formats.count(estimate.documents()));
    terminal.line("text       " + Formats.bytes(estimate.textBytes()));
    terminal.line("tokens     about " + Formats.count(estimate.tokens()));
    terminal.line("disk       about " + Formats.bytes(estimate.cacheBytes()));
    terminal.line("time       about " + Formats.duration(Math.ceil(estimate.seconds())));
  }

  private static Map<String, Object> json(PrepareEstimate estimate) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("documents", estimate.documents());
    json.put("text_bytes", estimate.textBytes());
    json.put("tokens", estimate.tokens());
    json.put("cache_bytes", estimate.cacheBytes());
    json.put("seconds", estimate.seconds());
    return json;
  }
}
