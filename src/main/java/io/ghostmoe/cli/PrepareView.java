package io.ghostmoe.cli;

import org.jspecify.annotations.Nullable;

/** Shows a preparation; the engine tells it how far it is and asks it whether to stop. */
public final class PrepareView implements AutoCloseable {
  private final Terminal terminal;
  private final OutputMode mode;
  private final Cancellation cancellation;
  private String phase = "";
  private @Nullable Bar bar;

  PrepareView(Terminal terminal, OutputMode mode, Cancellation cancellation) {
    this.terminal = terminal;
    this.mode = mode;
    this.cancellation = cancellation;
  }

  /**
   * How far the work is.
   *
   * @param phase what is being done, in a word or two
   * @param done records
   * @param total records; −1 while unknown
   */
  public void progress(String phase, long done, long total) {
    if (mode != OutputMode.HUMAN) {
      return;
    }
    if (!phase.equals(this.phase)) {
      close();
      this.phase = phase;
      if (!terminal.canRedraw()) {
        terminal.line(Formats.oneLine(phase));
      }
    }
    if (terminal.canRedraw()) {
      Bar current = bar;
      if (current == null) {
        current = new Bar(terminal, 0, total);
        bar = current;
      }
      current.update(done, total, Formats.oneLine(phase));
    }
  }

  /** One line that the user should see. */
  public void note(String line) {
    if (mode == OutputMode.HUMAN) {
      terminal.line(Formats.oneLine(line));
    }
  }

  /** Whether to stop. */
  public boolean cancelled() {
    return cancellation.isRequested();
  }

  /** Takes the bar away, if there is one. */
  @Override
  public void close() {
    Bar current = bar;
    if (current != null) {
      current.close();
      bar = null;
    }
  }
}
