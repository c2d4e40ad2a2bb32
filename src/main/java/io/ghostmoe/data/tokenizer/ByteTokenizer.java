package io.ghostmoe.data.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Every UTF-8 byte is a token, with its value as its id; 256 is end-of-text. */
final class ByteTokenizer implements Tokenizer {
  private static final int END_OF_TEXT = 256;

  @Override
  public String name() {
    return "byte";
  }

  @Override
  public String fingerprint() {
    return "byte:utf-8";
  }

  @Override
  public int vocabularySize() {
    return END_OF_TEXT + 1;
  }

  @Override
  public int endOfText() {
    return END_OF_TEXT;
  }

  @Override
  public TokenizedText encodeWithLengths(String text) {
    Texts.requireWellFormed(text);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = bytes[i] & 0xFF;
    }
    int[] lengths = new int[ids.length];
    Arrays.fill(lengths, 1);
    return new TokenizedText(ids, lengths);
  }

  @Override
  public String decode(int[] ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(ids.length);
    for (int id : ids) {
      bytes.writeBytes(bytes(id));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public boolean hasByteTable() {
    return true;
  }

  @Override
  public byte[] bytes(int id) {
    Texts.requireId(id, vocabularySize());
    return id == END_OF_TEXT ? new byte[0] : new byte[] {(byte) id};
  }

  @Override
  public void close() {}
}
