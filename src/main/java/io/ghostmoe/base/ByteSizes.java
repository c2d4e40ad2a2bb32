package io.ghostmoe.base;

import java.util.Locale;

/** Numbers of bytes as people read them. */
public final class ByteSizes {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private ByteSizes() {}

  /**
   * {@return bytes in the largest unit that leaves at least one, such as 1.5 MiB}
   *
   * @param bytes any number
   */
  public static String text(long bytes) {
    int unit = 0;
    double value = bytes;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%,.1f %s", value, UNITS[unit]);
  }
}
