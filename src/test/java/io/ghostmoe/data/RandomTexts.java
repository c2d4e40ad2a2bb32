package io.ghostmoe.data;

import io.ghostmoe.base.CounterRandom;

/** Seeded texts of all that UTF-8 can hold, the awkward parts more often than in life. */
public final class RandomTexts {
  private static final String[] PARTS = {
    " ", "  ", "\n", "\n\n", "\r\n", "\t", "'ll", "'s", "<<48/2=24>>", "<|endoftext|>", "1234", ".",
    "\u0000", "é", "ﬁ", "\u00A0", "中文", "\uD83D\uDE00", "\u0301", "\\", "\"", "/", "Ġ", "ÿ"
  };

  private RandomTexts() {}

  /** A text of up to {@code pieces} pieces. */
  public static String text(long seed, int pieces) {
    long key = CounterRandom.key(seed, "text");
    StringBuilder text = new StringBuilder();
    int count = CounterRandom.below(key, 0, pieces + 1);
    for (int i = 1; i <= count; i++) {
      switch (CounterRandom.below(key, 3L * i, 4)) {
        case 0 -> text.append(PARTS[CounterRandom.below(key, 3L * i + 1, PARTS.length)]);
        case 1 -> text.appendCodePoint(codePoint(CounterRandom.below(key, 3L * i + 1, 0x110000)));
        default -> text.append((char) ('a' + CounterRandom.below(key, 3L * i + 1, 26)));
      }
    }
    return text.toString();
  }

  private static int codePoint(int any) {
    boolean surrogate = any >= Character.MIN_SURROGATE && any <= Character.MAX_SURROGATE;
    return surrogate ? any - 0x800 : any;
  }
}
