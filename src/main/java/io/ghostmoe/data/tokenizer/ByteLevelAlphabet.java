package io.ghostmoe.data.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The printable character that stands for each byte in a byte-level vocabulary file, as {@code
 * bytes_to_unicode} of GPT-2's encoder.py defines it: printable Latin-1 stands for itself, the rest
 * for U+0100 and following.
 */
final class ByteLevelAlphabet {
  private final char[] characters = new char[256];
  private final short[] bytes = new short[512];

  ByteLevelAlphabet() {
    Arrays.fill(bytes, (short) -1);
    int shifted = 0;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      characters[b] = (char) (printable ? b : 256 + shifted++);
      bytes[characters[b]] = (short) b;
    }
  }

  /** The characters that stand for bytes. */
  String spell(byte[] token) {
    char[] spelled = new char[token.length];
    for (int i = 0; i < token.length; i++) {
      spelled[i] = characters[token[i] & 0xFF];
    }
    return new String(spelled);
  }

  /** The bytes that characters stand for; a token outside the alphabet stands for its UTF-8. */
  byte[] bytes(String token) {
    byte[] result = new byte[token.length()];
    for (int i = 0; i < result.length; i++) {
      char c = token.charAt(i);
      if (c >= bytes.length || bytes[c] < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      result[i] = (byte) bytes[c];
    }
    return result;
  }
}
