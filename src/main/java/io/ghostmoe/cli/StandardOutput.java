package io.ghostmoe.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Optional;

/** Remembers why writing failed, which a {@link java.io.PrintStream} only knows that it did. */
final class StandardOutput extends OutputStream {
  private final OutputStream out;
  private volatile Optional<IOException> failure = Optional.empty();

  StandardOutput(OutputStream out) {
    this.out = out;
  }

  /** Why something could not be written; empty where all was. */
  Optional<IOException> failure() {
    return failure;
  }

  /** Whether the reader went away, as {@code head} does when it has seen enough. */
  static boolean isReaderGone(IOException failure) {
    String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("pipe");
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      failure = Optional.of(e);
      throw e;
    }
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }
}
