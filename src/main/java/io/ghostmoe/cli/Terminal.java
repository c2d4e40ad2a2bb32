package io.ghostmoe.cli;

import io.ghostmoe.base.UserException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/**
 * Where a command writes. Lines are written whole and in one call each, so that a progress bar
 * redrawn by another thread cannot come in between.
 */
public final class Terminal {
  private static final String CLEAR_LINE = "\r\033[K";

  /** A file without ends of lines must not fill the memory. */
  private static final int LONGEST_LINE = 1 << 20;

  private final BufferedReader in;
  private final PrintStream out;
  private final PrintStream err;
  private final boolean interactive;
  private final boolean colours;
  private final int width;

  /**
   * @param interactive whether {@code out} is a terminal, on which a line can be redrawn
   * @param colours whether escape sequences for colours are welcome
   * @param width columns of the terminal
   */
  public Terminal(
      PrintStream out, PrintStream err, boolean interactive, boolean colours, int width) {
    this(new BufferedReader(Reader.nullReader()), out, err, interactive, colours, width);
  }

  /**
   * The same with lines to read.
   *
   * @param in where a person types, or another program writes
   */
  public Terminal(
      BufferedReader in,
      PrintStream out,
      PrintStream err,
      boolean interactive,
      boolean colours,
      int width) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.interactive = interactive;
    this.colours = colours;
    this.width = width;
  }

  /** Standard input, output and error, as they are. */
  public static Terminal system() {
    boolean interactive = TerminalProbe.isInteractive();
    return new Terminal(
        new BufferedReader(new InputStreamReader(System.in, TerminalProbe.inputCharset())),
        System.out,
        System.err,
        interactive,
        interactive && TerminalProbe.wantsColours(System.getenv()),
        interactive ? TerminalProbe.width(System.getenv()) : TerminalProbe.DEFAULT_WIDTH);
  }

  boolean isInteractive() {
    return interactive;
  }

  boolean hasColours() {
    return colours;
  }

  int width() {
    return width;
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  /** Prints a line, in place of what a progress bar may have drawn on it. */
  void line(String text) {
    out.print((interactive ? CLEAR_LINE : "") + text + System.lineSeparator());
    out.flush();
  }

  /** Prints text as it is, without an end of line. */
  void text(String text) {
    out.print(text);
    out.flush();
  }

  /** Draws over the current line. */
  void redraw(String text) {
    out.print(CLEAR_LINE + text);
    out.flush();
  }

  /**
   * The next line of the input; null at its end.
   *
   * @throws UserException where it cannot be read, or is longer than a line can be
   */
  @Nullable String readLine() {
    StringBuilder line = new StringBuilder();
    try {
      int read = in.read();
      if (read < 0) {
        return null;
      }
      while (read >= 0 && read != '\n') {
        line.append((char) read);
        if (line.length() > LONGEST_LINE) {
          throw UserException.input(
              "a line of the input has over %,d characters: is it text?".formatted(LONGEST_LINE));
        }
        read = in.read();
      }
      boolean carriage = !line.isEmpty() && line.charAt(line.length() - 1) == '\r';
      return carriage ? line.substring(0, line.length() - 1) : line.toString();
    } catch (IOException e) {
      throw UserException.environment("the input cannot be read: " + e.getMessage(), e);
    }
  }

  /** Prints a line about something odd that is no failure, where it is not taken for a result. */
  void note(String text) {
    if (interactive) {
      text(CLEAR_LINE);
    }
    err.print("ghostmoe: " + text + System.lineSeparator());
    err.flush();
  }

  /** Prints a line about a failure. */
  void error(String text) {
    if (interactive) {
      text(CLEAR_LINE);
    }
    err.print(red(text) + System.lineSeparator());
    err.flush();
  }

  String bold(String text) {
    return colours ? "\033[1m" + text + "\033[0m" : text;
  }

  String dim(String text) {
    return colours ? "\033[2m" + text + "\033[0m" : text;
  }

  String green(String text) {
    return colours ? "\033[32m" + text + "\033[0m" : text;
  }

  String red(String text) {
    return colours ? "\033[31m" + text + "\033[0m" : text;
  }
}
