package io.ghostmoe.data.tokenizer;

import io.ghostmoe.fuzz.FuzzInput;
import java.nio.file.Files;
import java.nio.file.Path;

/** A {@code tokenizer.json} of any bytes; the library that encodes with it is not asked. */
public final class TokenizerFuzz {
  private TokenizerFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    String name = FuzzInput.choice(input, 2) == 0 ? "tokenizer.json" : "tokenizer_config.json";
    FuzzInput.check(
        folder -> {
          Files.writeString(
              folder.resolve("tokenizer.json"),
              "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0,\"</s>\":1},\"unk_token\":\"a\"}}");
          Path file = folder.resolve("tokenizer.json");
          Files.write(folder.resolve(name), FuzzInput.rest(input));
          TokenizerJson json = TokenizerJson.read(file);
          json.withoutSpecialTokens();
          if (json.endOfText() < 0 || json.endOfText() >= json.vocabularySize()) {
            throw new AssertionError("end of text " + json.endOfText());
          }
          for (int id = 0; json.hasByteTable() && id < json.vocabularySize(); id++) {
            json.bytes(id);
          }
        });
  }
}
