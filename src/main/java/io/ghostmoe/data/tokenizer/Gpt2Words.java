package io.ghostmoe.data.tokenizer;

/**
 * Splits a text into the words that GPT-2 encodes one by one, as its regular expression does:
 * {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}.
 *
 * <p>Source: {@code encoder.py} of Radford et al. 2019; the byte-level step of Hugging Face's
 * tokenizers has the same expression.
 */
final class Gpt2Words {
  private static final int OTHER = 0;
  private static final int LETTER = 1;
  private static final int NUMBER = 2;
  private static final int SPACE = 3;

  private static final int LETTERS =
      1 << Character.UPPERCASE_LETTER
          | 1 << Character.LOWERCASE_LETTER
          | 1 << Character.TITLECASE_LETTER
          | 1 << Character.MODIFIER_LETTER
          | 1 << Character.OTHER_LETTER;
  private static final int NUMBERS =
      1 << Character.DECIMAL_DIGIT_NUMBER
          | 1 << Character.LETTER_NUMBER
          | 1 << Character.OTHER_NUMBER;
  private static final int SPACES =
      1 << Character.SPACE_SEPARATOR
          | 1 << Character.LINE_SEPARATOR
          | 1 << Character.PARAGRAPH_SEPARATOR;

  private final char[] text;
  private final int length;

  /** Kinds of the characters below 128, which are most of them. */
  private final byte[] ascii;

  /** The first {@code length} characters of {@code text}; {@code ascii} is {@link #ascii()}. */
  Gpt2Words(char[] text, int length, byte[] ascii) {
    this.text = text;
    this.length = length;
    this.ascii = ascii;
  }

  /** Kinds of the characters below 128. */
  static byte[] ascii() {
    byte[] kinds = new byte[128];
    for (int c = 0; c < kinds.length; c++) {
      kinds[c] = (byte) kindOf(c);
    }
    return kinds;
  }

  /** Where the word ends that begins at {@code start}. */
  int end(int start) {
    char first = text[start];
    if (first == '\'') {
      int end = contractionEnd(start);
      if (end > 0) {
        return end;
      }
    }
    int kind = kind(start);
    if (first == ' ' && start + 1 < length) {
      int next = kind(start + 1);
      if (next != SPACE) {
        return runEnd(start + 1, next);
      }
    }
    return kind == SPACE ? spacesEnd(start) : runEnd(start, kind);
  }

  /** The end of an English contraction; 0 if there is none. */
  private int contractionEnd(int start) {
    char second = start + 1 < length ? text[start + 1] : 0;
    if (second == 's' || second == 't' || second == 'm' || second == 'd') {
      return start + 2;
    }
    char third = start + 2 < length ? text[start + 2] : 0;
    boolean two =
        (second == 'r' && third == 'e')
            || (second == 'v' && third == 'e')
            || (second == 'l' && third == 'l');
    return two ? start + 3 : 0;
  }

  private int runEnd(int start, int kind) {
    int at = start;
    while (at < length && kind(at) == kind) {
      at += Character.isHighSurrogate(text[at]) ? 2 : 1;
    }
    return at;
  }

  /** The last space before a word is the word's, unless it is alone. */
  private int spacesEnd(int start) {
    int at = start;
    while (at < length && kind(at) == SPACE) {
      at++; // no space lies beyond the basic plane
    }
    return at == length || at == start + 1 ? at : at - 1;
  }

  private int kind(int at) {
    char c = text[at];
    if (c < 128) {
      return ascii[c];
    }
    return kindOf(Character.isHighSurrogate(c) ? Character.toCodePoint(c, text[at + 1]) : c);
  }

  /** What {@code \s}, {@code \p{L}} and {@code \p{N}} say of a code point. */
  private static int kindOf(int codePoint) {
    if (codePoint == 0x85 || (codePoint >= '\t' && codePoint <= '\r')) {
      return SPACE;
    }
    int type = 1 << Character.getType(codePoint);
    if ((type & LETTERS) != 0) {
      return LETTER;
    }
    return (type & NUMBERS) != 0 ? NUMBER : (type & SPACES) != 0 ? SPACE : OTHER;
  }
}
