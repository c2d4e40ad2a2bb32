package io.ghostmoe.data.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The name that git gives a file's content: the SHA-1 of {@code blob}, its size, a zero byte and
 * the content. The Hub names small files so, which it keeps in git itself.
 */
final class GitBlob {
  private static final int PIECE = 1 << 16;

  private GitBlob() {}

  /** The name that a listing gives; empty where the text is none. */
  static Optional<String> id(String text) {
    return text.matches("[0-9a-f]{40}") ? Optional.of(text) : Optional.empty();
  }

  /** The name of what a channel holds, from its beginning; the channel's position stays. */
  static String id(FileChannel content) throws IOException {
    MessageDigest digest = sha1();
    long size = content.size();
    digest.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
    ByteBuffer piece = ByteBuffer.allocate(PIECE);
    long at = 0;
    while (at < size) {
      int n = content.read(piece.clear(), at);
      if (n < 0) {
        throw new IOException("the file became shorter while it was read");
      }
      digest.update(piece.flip());
      at += n;
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
