package io.ghostmoe.doctor;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.function.Supplier;

/** Whether the tokenizer's native library loads and knows its trade. */
final class TokenizerCheck {
  private static final String SENTENCE = "Natalia sold 48/2 = <<48/2=24>>24 clips in May.";

  /** From the official vocabulary and merges of GPT-2. */
  private static final int[] IDS = {
    47849, 9752, 2702, 4764, 14, 17, 796, 9959, 2780, 14, 17, 28, 1731, 4211, 1731, 19166, 287,
    1737, 13
  };

  private TokenizerCheck() {}

  static Check of(Supplier<Tokenizer> gpt2) {
    try (Tokenizer tokenizer = gpt2.get()) {
      int[] ids = tokenizer.encode(SENTENCE);
      return Arrays.equals(ids, IDS)
          ? Check.ok("tokenizer", "the native library loads and encodes as GPT-2 does")
          : Check.fail(
              "tokenizer",
              "the native library gives other ids than GPT-2: " + Arrays.toString(ids),
              "delete the folder .djl.ai in your home, from which it was loaded, and try again");
    } catch (UserException e) {
      return Check.fail(
          "tokenizer",
          "missing: " + e.getMessage(),
          "mend what it names, or train with --tokenizer byte, which needs no library");
    }
  }
}
