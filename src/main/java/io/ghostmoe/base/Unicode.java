package io.ghostmoe.base;

/** Questions about texts that {@link String} does not answer. */
public final class Unicode {
  private Unicode() {}

  /** Index of the first surrogate without its partner, which no UTF-8 can hold; −1 if none. */
  public static int loneSurrogate(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean paired =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (!paired) {
        return i;
      }
      i++;
    }
    return -1;
  }
}
