package io.ghostmoe.fuzz;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What all fuzz targets share: files to write their input to, and the one failure allowed. */
public final class FuzzInput {
  private FuzzInput() {}

  /** What reads the input; checked exceptions that the parser documents are caught inside. */
  @FunctionalInterface
  public interface Parser {
    /** Reads files in a folder that is empty before, and removed after. */
    void parse(Path folder) throws IOException;
  }

  /** Runs a parser: it returns, or says in one line what is wrong; all else is a finding. */
  public static void check(Parser parser) {
    try {
      Path memory = Path.of("/dev/shm"); // no disk is worn out where there is one
      Path folder =
          Files.isDirectory(memory)
              ? Files.createTempDirectory(memory, "fuzz")
              : Files.createTempDirectory("fuzz");
      try {
        parser.parse(folder);
      } catch (UserException e) {
        String message = String.valueOf(e.getMessage());
        if (message.isBlank() || message.contains("\n")) {
          throw new AssertionError("no line: " + message, e);
        }
      } finally {
        AtomicFiles.deleteRecursively(folder);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The first byte of an input, which chooses among parsers; 0 where there is none. */
  public static int choice(byte[] input, int choices) {
    return input.length == 0 ? 0 : (input[0] & 0xFF) % choices;
  }

  /** What follows the first byte. */
  public static byte[] rest(byte[] input) {
    return Arrays.copyOfRange(input, Math.min(1, input.length), input.length);
  }
}
