package io.ghostmoe.data;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Data that lies beside the project; tests that need it are skipped where it does not. */
public final class SharedData {
  private SharedData() {}

  /** A file of {@code ../shared/data}; ends the test, with the reason, if it is not there. */
  public static Path file(String name) {
    Path file = Path.of("..", "shared", "data").resolve(name);
    assumeTrue(Files.exists(file), () -> file + " is not there, so this test is skipped");
    return file;
  }
}
