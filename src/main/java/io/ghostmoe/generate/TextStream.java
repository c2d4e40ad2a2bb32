package io.ghostmoe.generate;

import io.ghostmoe.data.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns tokens into text as they come. A character may be spread over several tokens; it is held
 * back until it is whole.
 */
public final class TextStream {
  private final Tokenizer tokenizer;
  private int[] ids = new int[64];
  private int count;
  private String emitted = "";
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

  /** A stream at the start of a text. */
  public TextStream(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** The text that this token completes; may be empty. */
  public String next(int id) {
    return tokenizer.hasByteTable() ? nextBytes(tokenizer.bytes(id)) : nextDecoded(id);
  }

  private String nextBytes(byte[] bytes) {
    pending.writeBytes(bytes);
    byte[] all = pending.toByteArray();
    int whole = wholeCharacters(all);
    pending.reset();
    pending.write(all, whole, all.length - whole);
    return new String(all, 0, whole, StandardCharsets.UTF_8);
  }

  /** How many of the bytes do not belong to a character that is still incomplete. */
  private static int wholeCharacters(byte[] bytes) {
    for (int back = 1; back <= Math.min(3, bytes.length); back++) {
      int lead = bytes[bytes.length - back] & 0xFF;
      if (lead < 0x80) {
        break;
      }
      if (lead >= 0xC0) {
        int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        return back < length ? bytes.length - back : bytes.length;
      }
    }
    return bytes.length;
  }

  private String nextDecoded(int id) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, 2 * count);
    }
    ids[count++] = id;
    String text = tokenizer.decode(Arrays.copyOf(ids, count));
    // an incomplete character decodes to U+FFFD, which the next token may replace
    String stable = text.endsWith("\uFFFD") ? text.substring(0, text.length() - 1) : text;
    if (!stable.startsWith(emitted)) {
      return "";
    }
    String added = stable.substring(emitted.length());
    emitted = stable;
    return added;
  }

  /** What was held back at the end of the text. */
  public String rest() {
    if (tokenizer.hasByteTable()) {
      return pending.toString(StandardCharsets.UTF_8);
    }
    String text = tokenizer.decode(Arrays.copyOf(ids, count));
    return text.startsWith(emitted) ? text.substring(emitted.length()) : "";
  }
}
