package io.ghostmoe.base;

/** Questions about texts that {@link String} does not answer. */
public final class Unicode {
  private Unicode() {}

  /**
   * {@return the index of the first surrogate without its partner, which no UTF-8 can hold; −1 if
   * there is none}
   *
   * @param text any text
   */
  public static int loneSurrogate(CharSequence text) {
    int i = 0;
    while (i < text.length()) {
      int codePoint = Character.codePointAt(text, i);
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        return i;
      }
      i += Character.charCount(codePoint);
    }
    return -1;
  }
}
