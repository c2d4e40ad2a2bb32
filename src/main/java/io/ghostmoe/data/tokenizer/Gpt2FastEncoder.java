package io.ghostmoe.data.tokenizer;

import io.ghostmoe.data.tokenizer.Tokenizer.TokenizedText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * GPT-2's byte-pair encoding in plain Java, many times as fast as the library that is the reference
 * for it. For one thread.
 *
 * <p>Each word is merged by rank, the leftmost of equal pairs first, and the ids of short words are
 * remembered.
 */
final class Gpt2FastEncoder implements Tokenizer.Encoder {
  private static final int SLOTS = 1 << 16;

  /** Longer words hardly ever come again. */
  private static final int REMEMBERED = 64;

  /** Up to here looking through all pairs again is faster than keeping them in a heap. */
  private static final int SHORT = 128;

  private static final int MOST_KEPT = 1 << 20;

  private final Gpt2Merges merges;
  private final int[] byteLengths;
  private final byte[] ascii = Gpt2Words.ascii();

  /** Words by their hash; a new one takes the place of the one that was there. */
  private final char[] @Nullable [] words = new char[SLOTS][];

  private final int[] @Nullable [] wordIds = new int[SLOTS][];
  private char[] text = new char[1 << 12];
  private int[] ids = new int[1 << 12];
  private int count;
  private int[] parts = new int[SHORT];

  Gpt2FastEncoder(Gpt2Merges merges, int[] byteLengths) {
    this.merges = merges;
    this.byteLengths = byteLengths;
  }

  @Override
  public TokenizedText encode(String string) {
    Texts.requireWellFormed(string);
    int length = string.length();
    if (text.length < length) {
      text = new char[Math.max(length, 2 * text.length)];
    }
    string.getChars(0, length, text, 0);
    count = 0;
    Gpt2Words split = new Gpt2Words(text, length, ascii);
    for (int at = 0; at < length; ) {
      int end = split.end(at);
      add(at, end);
      at = end;
    }
    TokenizedText result = result();
    forgetBook();
    return result;
  }

  private TokenizedText result() {
    int[] lengths = new int[count];
    for (int i = 0; i < count; i++) {
      lengths[i] = byteLengths[ids[i]];
    }
    return new TokenizedText(Arrays.copyOf(ids, count), lengths);
  }

  /** A document may be a book; its buffers are not kept for the next. */
  private void forgetBook() {
    if (text.length > MOST_KEPT) {
      text = new char[1 << 12];
      ids = new int[1 << 12];
    }
  }

  private void add(int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text[i];
    }
    int slot = (hash * 0x9E3779B1) >>> 16;
    char[] known = words[slot];
    int[] found = wordIds[slot];
    if (known == null || found == null || !Arrays.equals(known, 0, known.length, text, from, to)) {
      found = merge(from, to);
      if (to - from <= REMEMBERED) {
        words[slot] = Arrays.copyOfRange(text, from, to);
        wordIds[slot] = found;
      }
    }
    if (count + found.length > ids.length) {
      ids = Arrays.copyOf(ids, Math.max(count + found.length, 2 * ids.length));
    }
    System.arraycopy(found, 0, ids, count, found.length);
    count += found.length;
  }

  private int[] merge(int from, int to) {
    byte[] bytes = new String(text, from, to - from).getBytes(StandardCharsets.UTF_8);
    if (bytes.length > SHORT) {
      return new LongWord(merges, bytes).merge();
    }
    for (int i = 0; i < bytes.length; i++) {
      parts[i] = merges.byteId(bytes[i]);
    }
    return Arrays.copyOf(parts, merges.merge(parts, bytes.length, 1));
  }
}
