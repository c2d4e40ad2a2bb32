package io.ghostmoe.doctor;

import java.util.Locale;

/** Whether a λ survives its way to the terminal, and from the command line. */
final class EncodingCheck {
  private static final String UTF_8 = "UTF-8";

  private EncodingCheck() {}

  /**
   * @param output Java's encoding of standard output
   * @param arguments its encoding of arguments and of names of files
   */
  static Check of(String output, String arguments) {
    if (isUtf8(output) && isUtf8(arguments)) {
      return Check.ok("encoding", UTF_8);
    }
    return Check.warn(
        "encoding",
        "output %s, arguments and names of files %s: characters that these lack become question marks"
            .formatted(shown(output), shown(arguments)),
        "set LC_ALL=C.UTF-8 (on Windows: chcp 65001)");
  }

  private static boolean isUtf8(String encoding) {
    return encoding.toUpperCase(Locale.ROOT).equals(UTF_8);
  }

  private static String shown(String encoding) {
    return encoding.isEmpty() ? "unknown" : encoding;
  }
}
