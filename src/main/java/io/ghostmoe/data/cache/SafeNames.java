package io.ghostmoe.data.cache;

/** File names that every platform takes, and that stay in their folder. */
final class SafeNames {
  private static final int LONGEST = 60;

  private SafeNames() {}

  /**
   * ASCII letters, digits, {@code - _ .} of {@code part}, anything else as {@code _}; no dot at
   * either end, so neither {@code ..} nor a hidden file; never empty.
   */
  static String of(String part) {
    StringBuilder safe = new StringBuilder();
    for (int i = 0; i < part.length() && safe.length() < LONGEST; i++) {
      char c = part.charAt(i);
      boolean kept =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_'
              || (c == '.' && !safe.isEmpty());
      safe.append(kept ? c : '_');
    }
    while (!safe.isEmpty() && safe.charAt(safe.length() - 1) == '.') {
      safe.setLength(safe.length() - 1);
    }
    return safe.isEmpty() ? "_" : safe.toString();
  }
}
