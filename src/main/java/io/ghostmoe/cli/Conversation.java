package io.ghostmoe.cli;

import io.ghostmoe.ResultJson;
import io.ghostmoe.TrainedModel;
import io.ghostmoe.data.cache.Manifest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Lines in, answers out. A line is a question where the model was trained on questions, else the
 * beginning of a text. On a terminal Ctrl-C stops the answer that is being given, and the whole
 * where none is.
 */
final class Conversation {
  private static final String QUIT = "quit";

  private final TextModel model;
  private final Terminal terminal;
  private final OutputMode mode;
  private final Cancellation cancellation;
  private volatile boolean answering;
  private volatile boolean stopped;

  Conversation(TextModel model, Terminal terminal, OutputMode mode, Cancellation cancellation) {
    this.model = model;
    this.terminal = terminal;
    this.mode = mode;
    this.cancellation = cancellation;
  }

  /** Goes on to the end of the input and returns the exit code. */
  int run() {
    boolean questions = model.kind().filter(Manifest.Kind.QA::equals).isPresent();
    try (InterruptSignal _ =
        terminal.isInteractive() ? InterruptSignal.take(this::interrupted) : InterruptSignal.NONE) {
      if (mode == OutputMode.HUMAN && terminal.isInteractive()) {
        greet(model.kind());
      }
      while (true) {
        Optional<String> line = next();
        if (cancellation.isRequested()) {
          return ExitCodes.INTERRUPTED;
        }
        boolean ends = line.isEmpty() || line.get().strip().equals(QUIT);
        if (ends || terminal.lost().isPresent()) { // or nobody reads on
          return ExitCodes.DONE;
        }
        if (!line.get().isBlank()) {
          answer(line.get(), questions);
        }
      }
    }
  }

  private void greet(Optional<Manifest.Kind> kind) {
    String what =
        switch (kind.orElse(null)) {
          case QA -> "ask a question";
          case TEXT -> "type the beginning of a text";
          case null ->
              "type the beginning of a text (whether it knows questions cannot be told, its data"
                  + " are no longer in the cache)";
        };
    terminal.line(
        terminal.dim(
            "%s, after step %s: %s; Ctrl-C stops an answer, quit or Ctrl-D ends"
                .formatted(Formats.oneLine(model.run()), Formats.count(model.step()), what)));
  }

  /** The next line; empty at the end of the input, or where nobody waits for an answer. */
  private Optional<String> next() {
    if (terminal.isInteractive() && !cancellation.isRequested()) {
      terminal.text(terminal.bold("> "));
    }
    cancellation.idle(true); // nothing would be lost: Ctrl-C need not wait for a line
    Optional<String> line =
        cancellation.isRequested() ? Optional.empty() : Optional.ofNullable(terminal.readLine());
    cancellation.idle(false);
    if (line.isEmpty() && terminal.isInteractive()) {
      terminal.text(System.lineSeparator());
    }
    return line;
  }

  private void interrupted() {
    if (answering) {
      stopped = true;
    } else {
      Runtime.getRuntime().exit(ExitCodes.INTERRUPTED);
    }
  }

  private void answer(String line, boolean question) {
    String prompt = question ? TrainedModel.question(line) : line;
    Answer answer = new Answer(question);
    stopped = false;
    answering = true;
    try {
      GenerateOutcome outcome = model.generate(prompt, answer);
      if (mode == OutputMode.JSON) {
        terminal.text(ResultJson.line(json(line, prompt, question, outcome)));
      } else {
        terminal.text((stopped ? terminal.dim(" (stopped)") : "") + System.lineSeparator());
      }
    } finally {
      answering = false;
    }
  }

  private static Map<String, Object> json(
      String line, String prompt, boolean question, GenerateOutcome outcome) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("line", line);
    json.putAll(GenerateCommand.json(prompt, outcome));
    json.replace("text", question ? outcome.text().strip() : outcome.text());
    return json;
  }

  /** Shows an answer; the space that joins it to its question is not shown. */
  private final class Answer implements TextListener {
    private boolean atStart;

    Answer(boolean question) {
      atStart = question;
    }

    @Override
    public void text(String piece) {
      String shown = atStart ? piece.stripLeading() : piece;
      atStart &= shown.isEmpty();
      if (mode != OutputMode.JSON) {
        terminal.text(terminal.isInteractive() ? Formats.printable(shown) : shown);
      }
    }

    @Override
    public void note(String line) {
      if (mode == OutputMode.HUMAN) {
        terminal.note(line);
      }
    }

    @Override
    public boolean cancelled() {
      return stopped || cancellation.isRequested() || terminal.lost().isPresent();
    }
  }
}
