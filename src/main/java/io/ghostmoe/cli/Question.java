package io.ghostmoe.cli;

import io.ghostmoe.base.UserException;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks the person at a terminal; a command asks only where there is one. */
final class Question {
  private static final int POLL_MILLIS = 50;

  private final Terminal terminal;
  private final Cancellation cancellation;

  Question(Terminal terminal, Cancellation cancellation) {
    this.terminal = terminal;
    this.cancellation = cancellation;
  }

  /**
   * Whether the answer is y or yes; the end of the input is a no.
   *
   * @throws CancellationException after Ctrl-C
   */
  boolean yes(String question) {
    terminal.text(question + " [y/N] ");
    @Nullable String answer = line();
    if (answer == null) {
      terminal.text(System.lineSeparator());
      return false;
    }
    String word = answer.strip().toLowerCase(Locale.ROOT);
    return word.equals("y") || word.equals("yes");
  }

  /**
   * Another thread reads: nothing wakes a reader of a terminal, and Ctrl-C must not wait for it.
   */
  private @Nullable String line() {
    FutureTask<@Nullable String> reading = new FutureTask<>(terminal::readLine);
    Thread.ofPlatform().daemon().name("question").start(reading);
    while (true) {
      try {
        return reading.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (cancellation.isRequested()) {
          throw new CancellationException("no answer");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CancellationException("no answer");
      } catch (ExecutionException e) {
        throw e.getCause() instanceof UserException user ? user : new IllegalStateException(e);
      }
    }
  }
}
