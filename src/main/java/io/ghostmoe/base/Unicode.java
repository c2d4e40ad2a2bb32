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

  /**
   * {@return the bytes that a text takes in UTF-8, a surrogate without its partner being half of
   * four}
   *
   * @param text any text
   */
  public static long utf8Length(String text) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }
}
