package io.ghostmoe.data.hub;

import java.util.BitSet;

/**
 * Patterns of paths: {@code *} and {@code ?} stay within a name, {@code **} does not. Matching
 * takes time in proportion to pattern and path, whoever wrote the pattern.
 */
record Glob(String pattern) {
  static boolean isPattern(String text) {
    return text.indexOf('*') >= 0 || text.indexOf('?') >= 0;
  }

  /** Whether a path is meant: it matches, or a folder that it lies in is named outright. */
  boolean matches(String path) {
    return isPattern(pattern)
        ? matchesPattern(path)
        : path.equals(pattern) || path.startsWith(pattern + "/");
  }

  /** Keeps the set of places in the pattern that the path so far can have led to. */
  private boolean matchesPattern(String path) {
    BitSet places = new BitSet();
    places.set(0);
    skipStars(places);
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      BitSet next = new BitSet();
      for (int at = places.nextSetBit(0); at >= 0; at = places.nextSetBit(at + 1)) {
        if (at == pattern.length()) {
          continue;
        }
        char p = pattern.charAt(at);
        if (p == '*' && (c != '/' || isDouble(at))) {
          next.set(at);
        } else if (p == c || (p == '?' && c != '/')) {
          next.set(at + 1);
        }
      }
      skipStars(next);
      places = next;
    }
    return places.get(pattern.length());
  }

  /** A star may stand for nothing, and a double one with its slash for no folder. */
  private void skipStars(BitSet places) {
    for (int at = places.nextSetBit(0); at >= 0; at = places.nextSetBit(at + 1)) {
      if (at < pattern.length() && pattern.charAt(at) == '*') {
        places.set(at + 1);
        boolean folders = isDouble(at) && pattern.startsWith("**/", at);
        if (folders && (at == 0 || pattern.charAt(at - 1) == '/')) {
          places.set(at + 3);
        }
      }
    }
  }

  private boolean isDouble(int at) {
    return pattern.startsWith("**", at) || (at > 0 && pattern.startsWith("**", at - 1));
  }
}
