package io.ghostmoe.checkpoint;

import java.util.Objects;

/**
 * What a file that only grows held at some moment, by which it is known again when it has grown.
 *
 * @param bytes how long it was
 * @param crc32c of these bytes: against bit rot and mix-ups, not against an attacker
 */
public record FileMark(long bytes, String crc32c) {
  /** A file that is empty or missing. */
  public static final FileMark EMPTY = new FileMark(0, "00000000");

  /** Refuses a negative length. */
  public FileMark {
    Objects.requireNonNull(crc32c, "crc32c");
    if (bytes < 0) {
      throw new IllegalArgumentException(bytes + " bytes");
    }
  }
}
