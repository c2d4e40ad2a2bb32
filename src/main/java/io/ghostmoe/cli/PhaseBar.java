package io.ghostmoe.cli;

import io.ghostmoe.data.PrepareProgress;
import java.util.Locale;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a preparation is: a bar for each phase where a line can be redrawn. A download may
 * take long, so elsewhere it says every half minute where it is.
 */
final class PhaseBar implements AutoCloseable {
  private static final double PLAIN_SECONDS = 30;

  private final Terminal terminal;
  private final LongSupplier nanoTime;
  private String phase = "";
  private long records;
  private long firstBytes;
  private long startNanos;
  private long shownNanos;
  private @Nullable Bar bar;

  PhaseBar(Terminal terminal, LongSupplier nanoTime) {
    this.terminal = terminal;
    this.nanoTime = nanoTime;
  }

  /** A phase in a word. */
  static String name(PrepareProgress.Phase phase) {
    return phase.name().toLowerCase(Locale.ROOT);
  }

  /** Shows a preparation: a download by its bytes, everything else by its records. */
  void show(PrepareProgress progress) {
    String phase = name(progress.phase());
    switch (progress.phase()) {
      case DOWNLOAD -> bytes(phase, progress.done(), progress.total());
      case READ, TOKENIZE -> records(phase, progress.done(), progress.total());
    }
  }

  /**
   * Shows records; fewer than before are those of another file.
   *
   * @param total −1 while unknown
   */
  void records(String phase, long done, long total) {
    if (done < records) {
      close();
    }
    records = done;
    begin(phase);
    update(done, total, Formats.oneLine(phase), Long::toString);
  }

  /** Shows bytes of a download, how fast they come and how long the rest will take. */
  void bytes(String phase, long done, long total) {
    long now = nanoTime.getAsLong();
    if (begin(phase)) {
      firstBytes = done; // what was here before has no speed
      startNanos = now;
      shownNanos = now;
    }
    double seconds = (now - startNanos) / 1e9;
    double rate = seconds <= 0 ? 0 : Math.max(0, done - firstBytes) / seconds;
    String message =
        rate <= 0
            ? phase
            : "%s  %s/s  %s left"
                .formatted(
                    phase,
                    Formats.bytes(Math.round(rate)),
                    Formats.duration(Math.max(0, total - done) / rate));
    update(done, total, message, Formats::bytes);
    if (!terminal.canRedraw() && (now - shownNanos) / 1e9 >= PLAIN_SECONDS) {
      shownNanos = now;
      terminal.line("%s of %s  %s".formatted(Formats.bytes(done), Formats.bytes(total), message));
    }
  }

  /** Whether a phase is another than the last. */
  private boolean begin(String next) {
    if (next.equals(phase)) {
      return false;
    }
    close();
    phase = next;
    return true;
  }

  private void update(long done, long total, String message, LongFunction<String> unit) {
    if (terminal.canRedraw()) {
      Bar current = bar;
      if (current == null) {
        current = new Bar(terminal, 0, total, unit);
        bar = current;
      }
      current.update(done, total, message);
    }
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
