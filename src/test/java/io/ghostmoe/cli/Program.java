package io.ghostmoe.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The program over an engine, in this process, with what it prints caught.
 *
 * @param interactive whether it believes that it writes to a terminal
 * @param width columns of that terminal
 */
record Program(Engine engine, boolean interactive, boolean colours, int width) {
  /** What one command came to. */
  record Result(int code, String out, String err) {}

  /** In a pipe. */
  Program(Engine engine) {
    this(engine, false, false, 80);
  }

  /** Runs one command as {@code main} would. */
  Result run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            interactive,
            colours,
            width);
    int code = new CommandLineApp(engine, terminal, new Cancellation()).run(words);
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
