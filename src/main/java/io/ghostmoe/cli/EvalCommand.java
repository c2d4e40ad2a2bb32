package io.ghostmoe.cli;

import io.ghostmoe.EvalSettings;
import io.ghostmoe.Evaluation;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code eval}. */
final class EvalCommand {
  private final Engine engine;
  private final Terminal terminal;
  private final Cancellation cancellation;

  EvalCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.engine = engine;
    this.terminal = terminal;
    this.cancellation = cancellation;
  }

  CommandSpec spec() {
    return Command.spec(
        "eval",
        terminal,
        EvalSettings.TABLE,
        this::run,
        "Measures a trained run: loss, bits per byte, perplexity, right answers.",
        "An answer is right, for questions and answers, where the greedy one is so to the"
            + " letter.");
  }

  private int run(Invocation typed) {
    EvalSettings settings = new EvalSettings(typed.settings());
    Evaluation found;
    try (PrepareView view = new PrepareView(terminal, typed.mode(), cancellation)) {
      found = engine.evaluate(settings, view);
    }
    return typed.answer(() -> describe(found), () -> json(found));
  }

  private void describe(Evaluation found) {
    terminal.line(
        "run          %s, after step %s"
            .formatted(terminal.bold(Formats.oneLine(found.run())), Formats.count(found.step())));
    terminal.line("device       " + Formats.oneLine(found.device()));
    terminal.line(
        "data         %s of %s, %s scored"
            .formatted(
                Formats.count(found.documents(), "document"),
                found
                    .file()
                    .map(file -> Formats.oneLine(file.toString()))
                    .orElse("the run's evaluation split"),
                Formats.count(found.targets(), "token")));
    terminal.line("loss         " + terminal.green(Formats.loss(found.loss())));
    terminal.line("bits/byte    " + Formats.loss(found.bitsPerByte()));
    terminal.line("perplexity   " + Formats.loss(found.perplexity()));
    found.exactMatch().ifPresent(match -> terminal.line("exact match  " + words(match)));
  }

  private static String words(Evaluation.ExactMatch match) {
    return "%s of %s (%s)%s"
        .formatted(
            Formats.count(match.right()),
            Formats.count(match.total(), "answer"),
            String.format(Locale.ROOT, "%.1f%%", 100 * match.share()),
            match.tooLong() == 0
                ? ""
                : "; %s cannot be, being longer than --max-tokens"
                    .formatted(Formats.count(match.tooLong())));
  }

  private static Map<String, @Nullable Object> json(Evaluation found) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("run", found.run());
    json.put("step", found.step());
    json.put("device", found.device());
    json.put("eval_file", found.file().map(Path::toString).orElse(null));
    json.put("documents", found.documents());
    json.put("tokens", found.targets());
    json.put("loss", found.loss());
    json.put("bits_per_byte", found.bitsPerByte());
    json.put("perplexity", found.perplexity());
    json.put("exact_match", found.exactMatch().map(EvalCommand::json).orElse(null));
    json.put("seconds", found.seconds());
    return json;
  }

  private static Map<String, Object> json(Evaluation.ExactMatch match) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("right", match.right());
    json.put("total", match.total());
    json.put("share", match.share());
    json.put("too_long", match.tooLong());
    return json;
  }
}
