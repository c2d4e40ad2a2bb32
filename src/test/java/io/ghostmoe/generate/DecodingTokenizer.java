package io.ghostmoe.generate;

import io.ghostmoe.data.tokenizer.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A tokenizer without a byte table, as sentence-piece files describe it: ids below 256 are bytes, a
 * run of which is text where it is UTF-8 and else one U+FFFD a byte; the others are words with a
 * space before them, which the text's first word loses.
 */
final class DecodingTokenizer implements Tokenizer {
  private static final List<String> WORDS = List.of(" the", " a", " wörld", "s", " 😀", ".");

  @Override
  public String name() {
    return "decoding";
  }

  @Override
  public String fingerprint() {
    return "decoding";
  }

  @Override
  public int vocabularySize() {
    return 256 + WORDS.size() + 1;
  }

  @Override
  public int endOfText() {
    return 256 + WORDS.size();
  }

  @Override
  public TokenizedText encodeWithLengths(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    int[] lengths = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      ids[i] = bytes[i] & 0xFF;
      lengths[i] = 1;
    }
    return new TokenizedText(ids, lengths);
  }

  @Override
  public String decode(int[] ids) {
    StringBuilder text = new StringBuilder();
    List<Byte> run = new ArrayList<>();
    for (int id : ids) {
      if (id < 256) {
        run.add((byte) id);
      } else if (id != endOfText()) {
        text.append(decodeRun(run)).append(WORDS.get(id - 256));
        run.clear();
      }
    }
    text.append(decodeRun(run));
    return !text.isEmpty() && text.charAt(0) == ' ' ? text.substring(1) : text.toString();
  }

  private static String decodeRun(List<Byte> run) {
    byte[] bytes = new byte[run.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = run.get(i);
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return "\uFFFD".repeat(bytes.length);
    }
  }

  @Override
  public boolean hasByteTable() {
    return false;
  }

  @Override
  public byte[] bytes(int id) {
    throw new UnsupportedOperationException("no byte table");
  }

  @Override
  public void close() {}
}
