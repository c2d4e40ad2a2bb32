package io.ghostmoe.cli;

import io.ghostmoe.base.UserException;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a command writes. Lines are written whole and in one call each, so that a progress bar
 * redrawn by another thread cannot come in between.
 */
public final class Terminal {
  private static final String CLEAR_LINE = "\r\033[K";
  private static final String RED = "\033[31m";
  private static final String PLAIN = "\033[0m";

  /** A file without ends of lines must not fill the memory. */
  private static final int LONGEST_LINE = 1 << 20;

  private final BufferedReader in;
  private final PrintStream out;
  private final PrintStream err;
  private final Screen screen;
  private final Supplier<Optional<IOException>> lost;
  private volatile boolean answered;

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
    this(in, out, err, new Screen(interactive, interactive, colours, colours, width));
  }

  Terminal(BufferedReader in, PrintStream out, PrintStream err, Screen screen) {
    this(in, out, err, screen, Optional::empty);
  }

  Terminal(
      BufferedReader in,
      PrintStream out,
      PrintStream err,
      Screen screen,
      Supplier<Optional<IOException>> lost) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.screen = screen;
    this.lost = lost;
  }

  /** Standard input, output and error, as they are. */
  public static Terminal system() {
    StandardOutput output = new StandardOutput(new FileOutputStream(FileDescriptor.out));
    return new Terminal(
        new BufferedReader(new InputStreamReader(System.in, TerminalProbe.inputCharset())),
        new PrintStream(new BufferedOutputStream(output), false, System.out.charset()),
        System.err,
        TerminalProbe.screen(System.getenv()),
        output::failure);
  }

  /** Whether a person sits there, who reads and can be asked. */
  boolean isInteractive() {
    return screen.interactive();
  }

  /** Whether a line can be drawn again. */
  boolean canRedraw() {
    return screen.redraws();
  }

  boolean hasColours() {
    return screen.colours();
  }

  boolean hasErrorColours() {
    return screen.errorColours();
  }

  int width() {
    return screen.width();
  }

  /** Why something printed was lost; empty where nothing was. */
  Optional<IOException> lost() {
    out.flush();
    return lost.get();
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  /** Prints a line, in place of what a progress bar may have drawn on it. */
  void line(String text) {
    out.print((canRedraw() ? CLEAR_LINE : "") + text + System.lineSeparator());
    out.flush();
  }

  /** Prints text as it is, without an end of line. */
  void text(String text) {
    out.print(text);
    out.flush();
  }

  /** Prints the one JSON object that a program waits for. */
  void result(String json) {
    answered = true;
    text(json);
  }

  /** Whether a program has its object; a failure then says the rest on standard error. */
  boolean hasResult() {
    return answered;
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
    if (canRedraw()) {
      text(CLEAR_LINE);
    }
    err.print("ghostmoe: " + text + System.lineSeparator());
    err.flush();
  }

  /** Prints a line about a failure. */
  void error(String text) {
    if (canRedraw()) {
      text(CLEAR_LINE);
    }
    err.print((hasErrorColours() ? RED + text + PLAIN : text) + System.lineSeparator());
    err.flush();
  }

  String bold(String text) {
    return coloured("\033[1m", text);
  }

  String dim(String text) {
    return coloured("\033[2m", text);
  }

  String green(String text) {
    return coloured("\033[32m", text);
  }

  String red(String text) {
    return coloured(RED, text);
  }

  private String coloured(String colour, String text) {
    return hasColours() ? colour + text + PLAIN : text;
  }
}
