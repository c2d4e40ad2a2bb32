package io.ghostmoe.data.tokenizer;

import io.ghostmoe.base.Unicode;
import io.ghostmoe.base.UserException;

/** What must hold of texts and ids before a tokenizer sees them. */
final class Texts {
  private Texts() {}

  static void requireWellFormed(String text) {
    int at = Unicode.loneSurrogate(text);
    if (at >= 0) {
      throw UserException.input(
          "The text holds half a character (U+%04X at index %d): remove it."
              .formatted((int) text.charAt(at), at));
    }
  }

  static void requireId(int id, int vocabularySize) {
    if (id < 0 || id >= vocabularySize) {
      throw new IllegalArgumentException("token " + id + " is not in [0, " + vocabularySize + ")");
    }
  }
}
