package io.ghostmoe.data.hub;

import java.util.Locale;

/** Numbers of bytes as people read them. */
final class ByteSizes {
  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB"};

  private ByteSizes() {}

  /** In the largest unit that leaves at least one. */
  static String text(long bytes) {
    if (bytes < 1024) {
      return bytes + " bytes";
    }
    double value = bytes / 1024.0;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }
}
