package io.ghostmoe.data.tokenizer;

import io.ghostmoe.base.Sha256;
import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Base64;

/**
 * The bytes of GPT-2's 50,256 tokens by id, read from the ranks that jtokkit ships ({@code
 * r50k_base}), so that no network is needed.
 */
final class Gpt2Vocabulary {
  /** Number of ids, end-of-text included. */
  static final int SIZE = 50_257;

  /** The id of {@code <|endoftext|>}. */
  static final int END_OF_TEXT = SIZE - 1;

  /** SHA-256 of the ranks file; known here so that a fingerprint needs no loading. */
  static final String SHA256 = "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930";

  private static final String RESOURCE = "/com/knuddels/jtokkit/r50k_base.tiktoken";

  private final byte[][] tokens;

  private Gpt2Vocabulary(byte[][] tokens) {
    this.tokens = tokens;
  }

  /** Reads and checks the ranks. */
  static Gpt2Vocabulary load() {
    byte[] file;
    try (InputStream in = Gpt2Vocabulary.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw UserException.environment(
            RESOURCE + " is not on the class path: add com.knuddels:jtokkit, which ships it.");
      }
      file = in.readAllBytes();
    } catch (IOException e) {
      throw UserException.environment("GPT-2's vocabulary cannot be read: " + e.getMessage(), e);
    }
    String hash = Sha256.of(file);
    if (!hash.equals(SHA256)) {
      throw UserException.environment(
          "GPT-2's vocabulary has SHA-256 %s, not %s: use jtokkit 1.1.0.".formatted(hash, SHA256));
    }
    return new Gpt2Vocabulary(parse(file));
  }

  /** The bytes of an id below {@link #END_OF_TEXT}; not to be changed. */
  byte[] bytes(int id) {
    return tokens[id];
  }

  /** A line holds a token's bytes in Base64, a space, and its rank, which is its id. */
  private static byte[][] parse(byte[] file) {
    byte[][] tokens = new byte[END_OF_TEXT][];
    Base64.Decoder decoder = Base64.getDecoder();
    int at = 0;
    while (at < file.length) {
      int space = at;
      while (file[space] != ' ') {
        space++;
      }
      int end = space + 1;
      int id = 0;
      while (end < file.length && file[end] >= '0' && file[end] <= '9') {
        id = id * 10 + file[end++] - '0';
      }
      tokens[id] = decoder.decode(Arrays.copyOfRange(file, at, space));
      while (end < file.length && file[end] <= ' ') {
        end++;
      }
      at = end;
    }
    return tokens;
  }
}
