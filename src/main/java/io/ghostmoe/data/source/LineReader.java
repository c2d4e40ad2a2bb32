package io.ghostmoe.data.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file as lines of bytes, so that a line that is no UTF-8 can be named and passed over. A
 * byte order mark at the start of the file is skipped.
 */
final class LineReader implements AutoCloseable {
  /** Bytes by which UTF-8 can go on with a character; more of them are no text. */
  private static final int LONGEST_REST = 3;

  private final InputStream in;
  private final int limit;
  private final byte[] buffer = new byte[1 << 16];
  private int at;
  private int filled;
  private byte[] piece = new byte[1 << 12];
  private int size;
  private int line;
  private boolean cut;
  private int nextLine = 1;

  /**
   * Opens a file.
   *
   * @param limit bytes after which a line is handed out in pieces, between two characters; at most
   *     2^29
   */
  @SuppressWarnings("MustBeClosedChecker") // closed with this
  LineReader(SourceFile file, int limit) throws IOException {
    this.limit = limit;
    in = file.open();
    boolean begun = false;
    try {
      fill();
      begun = true;
    } finally {
      if (!begun) {
        in.close();
      }
    }
    if (filled >= 3
        && buffer[0] == (byte) 0xEF
        && buffer[1] == (byte) 0xBB
        && buffer[2] == (byte) 0xBF) {
      at = 3;
    }
  }

  /** Goes to the next line, or piece of one; false at the end of the file. */
  boolean next() throws IOException {
    size = 0;
    line = nextLine;
    cut = false;
    while (at < filled || fill()) {
      if (size >= limit) {
        if (!isInside(buffer[at]) || size - limit >= LONGEST_REST) {
          cut = true;
          return true;
        }
        append(1);
      } else {
        append(untilLineEnd(Math.min(filled - at, limit - size)));
      }
      if (piece[size - 1] == '\n') {
        nextLine++;
        return true;
      }
    }
    return size > 0;
  }

  /** How many of the next bytes belong to the line, its end included. */
  private int untilLineEnd(int most) {
    for (int i = 0; i < most; i++) {
      if (buffer[at + i] == '\n') {
        return i + 1;
      }
    }
    return most;
  }

  /** Whether a byte goes on with a character that bytes before it began. */
  private static boolean isInside(byte b) {
    return (b & 0xC0) == 0x80;
  }

  /** Whether the line goes on in the next piece. */
  boolean isCut() {
    return cut;
  }

  /** Number of the line, from 1. */
  int line() {
    return line;
  }

  /** Bytes of the line, its end included. */
  int size() {
    return size;
  }

  /** True if nothing but white space stands in the line. */
  boolean isBlank() {
    for (int i = 0; i < size; i++) {
      if (piece[i] != ' ' && (piece[i] < '\t' || piece[i] > '\r')) {
        return false;
      }
    }
    return true;
  }

  /** The line with its end; null if it is no UTF-8. */
  @Nullable String text() {
    String text = new String(piece, 0, size, StandardCharsets.UTF_8);
    // what is malformed becomes U+FFFD, which the file may also hold itself
    return text.indexOf('\uFFFD') < 0 || isUtf8() ? text : null;
  }

  private boolean isUtf8() {
    try {
      var _ =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(piece, 0, size));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private void append(int count) {
    if (size + count > piece.length) {
      int doubled = Math.max(size + count, 2 * size);
      piece = Arrays.copyOf(piece, Math.min(doubled, limit + LONGEST_REST));
    }
    System.arraycopy(buffer, at, piece, size, count);
    at += count;
    size += count;
  }

  private boolean fill() throws IOException {
    at = 0;
    filled = in.readNBytes(buffer, 0, buffer.length);
    return filled > 0;
  }
}
