package io.ghostmoe.data.tokenizer;

import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Any tokenizer of Hugging Face's {@code tokenizer.json} format. */
final class JsonTokenizer implements Tokenizer {
  private final TokenizerJson file;
  private @Nullable DjlEncoder encoder;
  private boolean closed;

  private JsonTokenizer(TokenizerJson file) {
    this.file = file;
  }

  /** Reads the file; the native encoder is loaded at the first text. */
  static JsonTokenizer open(Path path) {
    return new JsonTokenizer(TokenizerJson.read(path));
  }

  @Override
  public String name() {
    return file.name();
  }

  @Override
  public String fingerprint() {
    return "tokenizer.json:" + file.sha256() + ":" + file.endOfText();
  }

  @Override
  public int vocabularySize() {
    return file.vocabularySize();
  }

  @Override
  public int endOfText() {
    return file.endOfText();
  }

  @Override
  public TokenizedText encodeWithLengths(String text) {
    Texts.requireWellFormed(text);
    if (text.isEmpty()) {
      return new TokenizedText(new int[0], new int[0]);
    }
    TokenizedText result = encoder().encodeWithSpans(text);
    for (int id : result.ids()) {
      file.requireOrdinary(id, text);
    }
    return file.hasByteTable() ? withTable(result.ids()) : result;
  }

  @Override
  public String decode(int[] ids) {
    int[] ordinary = new int[ids.length];
    int count = 0;
    for (int id : ids) {
      Texts.requireId(id, vocabularySize());
      if (!file.isSpecial(id)) {
        ordinary[count++] = id;
      }
    }
    return count == 0 ? "" : encoder().decode(Arrays.copyOf(ordinary, count));
  }

  @Override
  public boolean hasByteTable() {
    return file.hasByteTable();
  }

  @Override
  public byte[] bytes(int id) {
    Texts.requireId(id, vocabularySize());
    return file.bytes(id);
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (encoder != null) {
      encoder.close();
      encoder = null;
    }
  }

  private TokenizedText withTable(int[] ids) {
    int[] lengths = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      lengths[i] = file.bytes(ids[i]).length;
    }
    return new TokenizedText(ids, lengths);
  }

  private synchronized DjlEncoder encoder() {
    if (closed) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    if (encoder == null) {
      encoder = new DjlEncoder(file.withoutSpecialTokens(), file.path().toString());
    }
    return encoder;
  }
}
