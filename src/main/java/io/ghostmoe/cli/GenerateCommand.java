package io.ghostmoe.cli;

import io.ghostmoe.GenerateSettings;
import io.ghostmoe.ResultJson;
import io.ghostmoe.SamplingSettings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;

/** {@code generate}. */
final class GenerateCommand {
  private final Engine engine;
  private final Terminal terminal;
  private final Cancellation cancellation;

  GenerateCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.engine = engine;
    this.terminal = terminal;
    this.cancellation = cancellation;
  }

  CommandSpec spec() {
    return Command.spec(
        "generate",
        terminal,
        GenerateSettings.TABLE,
        this::run,
        "Generates text from a trained run, as it comes.",
        "With --quiet the text alone, without the prompt and the count; with --interactive an"
            + " answer to each line of the input.");
  }

  private int run(Invocation typed) {
    GenerateSettings settings = new GenerateSettings(typed.settings());
    OutputMode mode = typed.mode();
    try (TextModel model = engine.open(settings)) {
      if (settings.get(SamplingSettings.INTERACTIVE)) {
        return new Conversation(model, terminal, mode, cancellation).run();
      }
      String prompt = settings.prompt();
      if (mode == OutputMode.JSON) {
        GenerateOutcome outcome = model.generate(prompt, listener(mode, piece -> {}));
        terminal.result(ResultJson.write(json(prompt, outcome)));
      } else {
        show(model, prompt, mode);
      }
    }
    return cancellation.isRequested() ? ExitCodes.INTERRUPTED : ExitCodes.DONE;
  }

  private void show(TextModel model, String prompt, OutputMode mode) {
    boolean quiet = mode == OutputMode.QUIET;
    // the prompt waits for the first piece of text: before it there may only be an error
    Runnable start = once(() -> terminal.text(quiet ? "" : terminal.dim(shown(prompt))));
    GenerateOutcome outcome =
        model.generate(
            prompt,
            listener(
                mode,
                piece -> {
                  start.run();
                  terminal.text(shown(piece));
                }));
    start.run();
    terminal.text(System.lineSeparator());
    if (!quiet) {
      terminal.line(terminal.dim(count(outcome)));
    }
  }

  private TextListener listener(OutputMode mode, Consumer<String> text) {
    return new TextListener() {
      @Override
      public void text(String piece) {
        text.accept(piece);
      }

      @Override
      public void note(String line) {
        if (mode == OutputMode.HUMAN) {
          terminal.note(line);
        }
      }

      @Override
      public boolean cancelled() {
        return cancellation.isRequested() || terminal.lost().isPresent(); // nobody reads on
      }
    };
  }

  private static Runnable once(Runnable action) {
    AtomicBoolean done = new AtomicBoolean();
    return () -> {
      if (done.compareAndSet(false, true)) {
        action.run();
      }
    };
  }

  /** A file gets what the model said; a terminal must not be steered by it. */
  private String shown(String text) {
    return terminal.isInteractive() ? Formats.printable(text) : text;
  }

  private static String count(GenerateOutcome outcome) {
    return "(%s: %s%s, %s)"
        .formatted(
            Formats.oneLine(outcome.run()),
            Formats.count(outcome.tokens(), "token"),
            outcome.endOfText() ? ", ended by the model" : "",
            Formats.speed(outcome.tokens() / Math.max(1e-9, outcome.seconds())));
  }

  /** An outcome as values for programs. */
  static Map<String, Object> json(String prompt, GenerateOutcome outcome) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("run", outcome.run());
    json.put("prompt", prompt);
    json.put("text", outcome.text());
    json.put("tokens", outcome.tokens());
    json.put("prompt_tokens", outcome.promptTokens());
    json.put("context_length", outcome.contextLength());
    json.put("end_of_text", outcome.endOfText());
    json.put("seconds", outcome.seconds());
    return json;
  }
}
