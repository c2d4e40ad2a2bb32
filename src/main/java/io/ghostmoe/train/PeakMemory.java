package io.ghostmoe.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The process's high-water mark of resident memory. */
public final class PeakMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String HIGH_WATER_MARK = "VmHWM:";

  private PeakMemory() {}

  /**
   * {@return the high-water mark in bytes; where the system does not tell, the Java heap's present
   * size, which is less}
   */
  public static long bytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(HIGH_WATER_MARK)) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException e) {
      // no such file but on Linux
    }
    return Runtime.getRuntime().totalMemory();
  }
}
