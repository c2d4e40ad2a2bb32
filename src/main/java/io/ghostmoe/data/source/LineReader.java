package io.ghostmoe.data.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
  LineReader(Path file, int limit) throws IOException {
    this.limit = limit;
    in = Files.newInputStream(file);
    fill();
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
      byte b = buffer[at];
      if (size >= limit && (!isInside(b) || size - limit >= LONGEST_REST)) {
        cut = true;
        return true;
      }
      at++;
      append(b);
      if (b == '\n') {
        nextLine++;
        return true;
      }
    }
    return size > 0;
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
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(piece, 0, size))
          .toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private void append(byte b) {
    if (size == piece.length) {
      piece = Arrays.copyOf(piece, Math.min(2 * size, limit + LONGEST_REST));
    }
    piece[size++] = b;
  }

  private boolean fill() throws IOException {
    at = 0;
    filled = Math.max(0, in.readNBytes(buffer, 0, buffer.length));
    return filled > 0;
  }
}
