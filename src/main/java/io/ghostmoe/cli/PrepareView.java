package io.ghostmoe.cli;

import io.ghostmoe.data.PrepareProgress;

/** Shows a preparation; the engine tells it how far it is and asks it whether to stop. */
public final class PrepareView implements AutoCloseable {
  private final Terminal terminal;
  private final OutputMode mode;
  private final Cancellation cancellation;
  private final PhaseBar bar;
  private String phase = "";

  PrepareView(Terminal terminal, OutputMode mode, Cancellation cancellation) {
    this.terminal = terminal;
    this.mode = mode;
    this.cancellation = cancellation;
    bar = new PhaseBar(terminal, System::nanoTime);
  }

  /**
   * How far the work is.
   *
   * @param phase what is being done, in a word or two
   * @param done records
   * @param total records; −1 while unknown
   */
  public void progress(String phase, long done, long total) {
    if (mode == OutputMode.HUMAN) {
      begin(phase);
      bar.records(phase, done, total);
    }
  }

  /** How far a preparation is. */
  public void preparation(PrepareProgress progress) {
    if (mode == OutputMode.HUMAN) {
      begin(PhaseBar.name(progress.phase()));
      bar.show(progress);
    }
  }

  private void begin(String phase) {
    if (!phase.equals(this.phase)) {
      this.phase = phase;
      if (!terminal.canRedraw()) {
        terminal.line(Formats.oneLine(phase));
      }
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
    bar.close();
  }
}
