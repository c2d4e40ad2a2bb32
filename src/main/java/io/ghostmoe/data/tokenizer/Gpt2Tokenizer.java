package io.ghostmoe.data.tokenizer;

import io.ghostmoe.base.UserException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * GPT-2's byte-pair encoding (Radford et al. 2019). Decoding and byte lengths need the vocabulary
 * only; the native encoder is loaded at the first text that is encoded.
 */
final class Gpt2Tokenizer implements Tokenizer {
  private @Nullable Gpt2Vocabulary vocabulary;
  private @Nullable Gpt2Merges merges;
  private @Nullable DjlEncoder encoder;
  private boolean closed;

  @Override
  public String name() {
    return "gpt2";
  }

  @Override
  public String fingerprint() {
    return "gpt2:r50k_base:" + Gpt2Vocabulary.SHA256;
  }

  @Override
  public int vocabularySize() {
    return Gpt2Vocabulary.SIZE;
  }

  @Override
  public int endOfText() {
    return Gpt2Vocabulary.END_OF_TEXT;
  }

  @Override
  public int[] encode(String text) {
    Texts.requireWellFormed(text);
    return text.isEmpty() ? new int[0] : encoder().encode(text);
  }

  @Override
  public TokenizedText encodeWithLengths(String text) {
    int[] ids = encode(text);
    int[] lengths = new int[ids.length];
    Gpt2Vocabulary table = vocabulary();
    for (int i = 0; i < ids.length; i++) {
      lengths[i] = table.bytes(ids[i]).length;
    }
    return new TokenizedText(ids, lengths);
  }

  @Override
  public boolean hasFastEncoder() {
    return true;
  }

  @Override
  public Encoder fastEncoder() {
    return new Gpt2FastEncoder(merges(), byteLengths());
  }

  private int[] byteLengths() {
    Gpt2Vocabulary table = vocabulary();
    int[] lengths = new int[Gpt2Vocabulary.SIZE];
    for (int id = 0; id < Gpt2Vocabulary.END_OF_TEXT; id++) {
      lengths[id] = table.bytes(id).length;
    }
    return lengths;
  }

  @Override
  public String decode(int[] ids) {
    Gpt2Vocabulary table = vocabulary();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(4 * ids.length);
    for (int id : ids) {
      Texts.requireId(id, Gpt2Vocabulary.SIZE);
      if (id != Gpt2Vocabulary.END_OF_TEXT) {
        bytes.writeBytes(table.bytes(id));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public boolean hasByteTable() {
    return true;
  }

  @Override
  public byte[] bytes(int id) {
    Texts.requireId(id, Gpt2Vocabulary.SIZE);
    return id == Gpt2Vocabulary.END_OF_TEXT ? new byte[0] : vocabulary().bytes(id).clone();
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (encoder != null) {
      encoder.close();
      encoder = null;
    }
  }

  private synchronized Gpt2Vocabulary vocabulary() {
    if (vocabulary == null) {
      vocabulary = Gpt2Vocabulary.load();
    }
    return vocabulary;
  }

  private synchronized Gpt2Merges merges() {
    if (merges == null) {
      merges = new Gpt2Merges(vocabulary());
    }
    return merges;
  }

  private synchronized DjlEncoder encoder() {
    if (closed) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    if (encoder == null) {
      try {
        encoder =
            new DjlEncoder(Gpt2TokenizerJson.write(vocabulary(), merges()), "GPT-2's vocabulary");
      } catch (UserException e) {
        // nothing that the user typed is wrong with the built-in vocabulary
        throw UserException.environment(String.valueOf(e.getMessage()), e);
      }
    }
    return encoder;
  }
}
