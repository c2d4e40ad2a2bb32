package io.ghostmoe.data;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files that this process has open, where the system tells. */
public final class OpenFiles {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private OpenFiles() {}

  /** Those below a folder. */
  public static List<Path> below(Path folder) throws IOException {
    assumeTrue(Files.isDirectory(DESCRIPTORS), "this system does not tell what is open");
    List<Path> open = new ArrayList<>();
    try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
      for (Path descriptor : descriptors.toList()) {
        try {
          open.add(Files.readSymbolicLink(descriptor));
        } catch (NoSuchFileException e) {
          // another thread has closed it meanwhile
        }
      }
    }
    Path real = folder.toRealPath();
    return open.stream().filter(file -> file.startsWith(real)).toList();
  }
}
