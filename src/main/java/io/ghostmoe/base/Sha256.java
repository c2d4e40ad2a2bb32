package io.ghostmoe.base;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits. */
public final class Sha256 {
  private Sha256() {}

  /**
   * {@return the hash of bytes}
   *
   * @param content all that is hashed
   */
  public static String of(byte[] content) {
    return hex(digest().digest(content));
  }

  /**
   * {@return the hash of a file's content, read in pieces}
   *
   * @param file an existing file of any size
   * @throws IOException if it cannot be read
   */
  public static String of(Path file) throws IOException {
    MessageDigest digest = digest();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return hex(digest.digest());
  }

  /** {@return an empty digest, for content that comes in pieces; {@link #hex} makes it text} */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * {@return bytes as lower-case hexadecimal digits}
   *
   * @param digest what {@link MessageDigest#digest()} gave
   */
  public static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }
}
