package io.ghostmoe.data.cache;

import io.ghostmoe.data.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;

/** UTF-8 bytes of each id, asked of the tokenizer when the first is needed. */
final class ByteLengths {
  private final Tokenizer tokenizer;
  private volatile int @Nullable [] lengths;

  ByteLengths(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** Number of ids. */
  int size() {
    return tokenizer.vocabularySize();
  }

  int of(int id) {
    int[] table = lengths;
    if (table == null) {
      table = new int[tokenizer.vocabularySize()];
      for (int i = 0; i < table.length; i++) {
        table[i] = tokenizer.bytes(i).length;
      }
      lengths = table;
    }
    return table[id];
  }
}
