package io.ghostmoe.cli;

import java.time.Duration;
import java.util.function.LongFunction;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;

/**
 * A progress bar on an interactive terminal, redrawn a few times a second by a thread of its own.
 */
final class Bar implements AutoCloseable {
  private static final int INTERVAL_MILLIS = 200;
  private static final int NARROWEST = 8;
  private static final int WIDEST = 30;

  private final Terminal terminal;
  private final ProgressBar bar;

  /** The library takes as many steps as were made for the total where it knows none. */
  private volatile long total;

  /**
   * @param done where it starts
   * @param total where it ends; −1 where that is not known
   */
  Bar(Terminal terminal, long done, long total) {
    this(terminal, done, total, Long::toString);
  }

  /**
   * The same with numbers that are not steps.
   *
   * @param unit how they are written
   */
  Bar(Terminal terminal, long done, long total, LongFunction<String> unit) {
    this.terminal = terminal;
    this.total = total;
    this.bar =
        new ProgressBarBuilder()
            .setTaskName("")
            .setInitialMax(total)
            .setUpdateIntervalMillis(INTERVAL_MILLIS)
            .continuousUpdate()
            .startsFrom(done, Duration.ZERO)
            .setRenderer(
                (state, width) ->
                    render(state.getCurrent(), this.total, state.getExtraMessage(), width, unit))
            .setConsumer(new Line(terminal))
            .build();
  }

  /** Moves it. */
  void update(long done, long total, String message) {
    this.total = total;
    bar.maxHint(total);
    bar.stepTo(done);
    bar.setExtraMessage(message);
  }

  /** Draws it for the last time and leaves its line. */
  @Override
  public void close() {
    bar.close();
    terminal.text(System.lineSeparator());
  }

  /** Percentage, bar, count and message; the bar takes what width is left. */
  static String render(
      long done, long total, String message, int width, LongFunction<String> unit) {
    String tail = message.isEmpty() ? "" : "  " + message;
    if (total <= 0) {
      return cut(unit.apply(done) + tail, width);
    }
    double share = Math.clamp((double) done / total, 0, 1);
    String percent = "%3d%% ".formatted((int) (100 * share));
    String count = " " + unit.apply(done) + "/" + unit.apply(total);
    int room = width - percent.length() - 2 - count.length() - tail.length();
    int columns = Math.clamp(room, NARROWEST, WIDEST);
    int full = (int) (columns * share);
    String drawn =
        full == columns
            ? "=".repeat(columns)
            : "=".repeat(full) + ">" + " ".repeat(columns - full - 1);
    return cut(percent + "[" + drawn + "]" + count + tail, width);
  }

  /** Whether the whole message stands behind the narrowest bar. */
  static boolean fits(long total, String message, int width) {
    int count = 2 * Long.toString(total).length();
    return "100% []".length() + NARROWEST + " /".length() + count + 2 + message.length() <= width;
  }

  private static String cut(String line, int width) {
    return line.length() <= width ? line : line.substring(0, width);
  }

  /** One line of the terminal. */
  private record Line(Terminal terminal) implements ProgressBarConsumer {
    @Override
    public int getMaxRenderedLength() {
      return terminal.width() - 1; // the last column would wrap on some terminals
    }

    @Override
    public void accept(String rendered) {
      terminal.redraw(rendered);
    }

    @Override
    public void close() {
      // the terminal belongs to the command
    }
  }
}
