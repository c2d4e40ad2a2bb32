package io.ghostmoe.cli;

import java.io.Console;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Finds out what standard input, output and error are. */
final class TerminalProbe {
  static final int DEFAULT_WIDTH = 80;
  private static final int MINIMUM_WIDTH = 20;
  private static final int MAXIMUM_WIDTH = 1000;

  private TerminalProbe() {}

  /** What standard output and error can do. */
  static Screen screen(Map<String, String> environment) {
    @Nullable Console console = System.console();
    if (console == null || !console.isTerminal()) {
      return Screen.NONE;
    }
    boolean escapes = understandsEscapes(System.getProperty("os.name"), environment);
    boolean colours = escapes && wantsColours(environment);
    return new Screen(true, escapes, colours, colours && isErrorTerminal(), width(environment));
  }

  /**
   * Whether escape sequences move and colour. Windows' old console shows them as they are, and its
   * other terminals say who they are.
   */
  static boolean understandsEscapes(String system, Map<String, String> environment) {
    if (system.startsWith("Windows")) {
      return environment.containsKey("WT_SESSION")
          || environment.getOrDefault("ConEmuANSI", "").equals("ON");
    }
    return !environment.getOrDefault("TERM", "").equals("dumb");
  }

  /** Whether standard error is a terminal too, which Java does not tell. */
  private static boolean isErrorTerminal() {
    try {
      Process test = new ProcessBuilder("test", "-t", "2").redirectError(Redirect.INHERIT).start();
      return test.waitFor() == 0;
    } catch (IOException e) {
      return true; // no such program here: most likely it is
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** How the bytes of standard input are to be read. */
  static Charset inputCharset() {
    @Nullable String name = System.getProperty("stdin.encoding");
    return name == null ? Charset.defaultCharset() : Charset.forName(name);
  }

  /** Whether the environment allows colours; see no-color.org. */
  static boolean wantsColours(Map<String, String> environment) {
    return environment.getOrDefault("NO_COLOR", "").isEmpty();
  }

  /**
   * Columns, from the environment or from {@code stty}. The progress bar's own way leads through
   * JLine, which takes the terminal's signals over and with them the end of a run by Ctrl-C.
   */
  static int width(Map<String, String> environment) {
    int columns = parse(environment.getOrDefault("COLUMNS", ""));
    return columns > 0 ? columns : sttyWidth();
  }

  private static int sttyWidth() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(Redirect.INHERIT)
              .redirectError(Redirect.DISCARD)
              .start();
      if (!stty.waitFor(1, TimeUnit.SECONDS)) {
        stty.destroyForcibly();
        return DEFAULT_WIDTH;
      }
      String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      int columns = parse(size.strip().replaceAll(".* ", ""));
      return columns > 0 ? columns : DEFAULT_WIDTH;
    } catch (IOException e) {
      return DEFAULT_WIDTH; // no such program here
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return DEFAULT_WIDTH;
    }
  }

  private static int parse(String columns) {
    if (!columns.matches("\\d{1,5}")) {
      return -1;
    }
    int parsed = Integer.parseInt(columns);
    return parsed == 0 ? -1 : Math.clamp(parsed, MINIMUM_WIDTH, MAXIMUM_WIDTH);
  }
}
