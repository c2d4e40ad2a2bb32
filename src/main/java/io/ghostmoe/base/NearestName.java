package io.ghostmoe.base;

import java.util.Collection;
import java.util.Optional;

/** Finds the name that a user meant. */
public final class NearestName {
  private NearestName() {}

  /**
   * {@return the candidate that takes the fewest edits to become what was typed, the first of
   * equals; empty without any candidate}
   *
   * @param typed what the user wrote
   * @param candidates the names that there are, in the order in which they win
   */
  public static Optional<String> of(String typed, Collection<String> candidates) {
    Optional<String> nearest = Optional.empty();
    int smallest = Integer.MAX_VALUE;
    for (String candidate : candidates) {
      int distance = distance(typed, candidate);
      if (distance < smallest) {
        smallest = distance;
        nearest = Optional.of(candidate);
      }
    }
    return nearest;
  }

  /**
   * How many characters must be inserted, deleted, replaced or swapped with their neighbour to turn
   * one text into the other, no part being edited twice.
   *
   * <p>Source: Damerau, "A technique for computer detection and correction of spelling errors",
   * 1964 (the restricted form).
   */
  static int distance(String from, String to) {
    int[] beforeLast = new int[to.length() + 1];
    int[] last = new int[to.length() + 1];
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = last[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(last[j], row[j - 1]));
        if (i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1)) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      int[] recycled = beforeLast;
      beforeLast = last;
      last = row;
      row = recycled;
    }
    return last[to.length()];
  }
}
