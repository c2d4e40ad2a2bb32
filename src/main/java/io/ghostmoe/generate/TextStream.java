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

  /** With a byte table: the bytes of a character that is not whole yet. */
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

  /** Without one: the tokens emitted last, as context, then those held back. */
  private int[] ids = new int[16];

  private int context;
  private int count;

  /**
   * A stream at the start of a text.
   *
   * @param tokenizer that the tokens are of; stays the caller's
   */
  public TextStream(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * {@return the text that the next token completes; may be empty}
   *
   * @param id of the token
   */
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
    String text = heldBack();
    // an incomplete character decodes to U+FFFD, which the next token may replace
    if (text.isEmpty() || text.endsWith("\uFFFD")) {
      return "";
    }
    count -= context;
    System.arraycopy(ids, context, ids, 0, count);
    context = count;
    return text;
  }

  /**
   * What the tokens that are held back add to their context's text. A decoder may treat the first
   * token of a text in its own way, so they are never decoded alone.
   */
  private String heldBack() {
    String before = tokenizer.decode(Arrays.copyOf(ids, context));
    String all = tokenizer.decode(Arrays.copyOf(ids, count));
    return all.substring(Math.min(before.length(), all.length()));
  }

  /**
   * {@return what was held back at the end of the text, U+FFFD standing for a character that never
   * became whole; may be empty}
   */
  public String rest() {
    return tokenizer.hasByteTable() ? pending.toString(StandardCharsets.UTF_8) : heldBack();
  }
}
