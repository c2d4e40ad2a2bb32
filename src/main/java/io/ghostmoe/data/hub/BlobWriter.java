package io.ghostmoe.data.hub;

import io.ghostmoe.base.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.LongConsumer;

/** A file that grows at its end as bytes come in, and is hashed on the way. */
final class BlobWriter implements AutoCloseable {
  private static final int PIECE = 1 << 17;

  private final FileChannel channel;
  private final LongConsumer counter;
  private final MessageDigest digest = Sha256.digest();
  private final byte[] piece = new byte[PIECE];
  private long size;
  private long furthest;

  /**
   * Goes on with a file, or begins one.
   *
   * @param counter hears of the bytes that are there, those that are taken back being negative
   */
  BlobWriter(Path file, LongConsumer counter) throws IOException {
    this.counter = counter;
    channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean read = false;
    try {
      readOn();
      read = true;
    } finally {
      if (!read) {
        channel.close();
      }
    }
  }

  private void readOn() throws IOException {
    for (int n = channel.read(ByteBuffer.wrap(piece));
        n >= 0;
        n = channel.read(ByteBuffer.wrap(piece))) {
      digest.update(piece, 0, n);
      size += n;
    }
    furthest = size;
    counter.accept(size);
  }

  long size() {
    return size;
  }

  /** Throws away what is there. */
  void restart() throws IOException {
    channel.truncate(0);
    channel.position(0);
    digest.reset();
    counter.accept(-size);
    size = 0;
  }

  /**
   * Writes what a body brings.
   *
   * @param most bytes that the file may have, and one more, which shows that it has too many; −1
   *     for any number
   * @param progress hears when the file is longer than it has ever been
   * @throws TransientFailure where the body broke off
   * @throws IOException where the disk did
   */
  void take(InputStream body, long most, Runnable progress) throws IOException {
    while (most < 0 || size <= most) {
      int n = next(body);
      if (n < 0) {
        break;
      }
      ByteBuffer bytes = ByteBuffer.wrap(piece, 0, n);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      digest.update(piece, 0, n);
      size += n;
      counter.accept(n);
      if (size > furthest) {
        furthest = size;
        progress.run();
      }
    }
    if (most >= 0 && size < most) {
      throw new TransientFailure("it ended early", Optional.empty());
    }
  }

  private int next(InputStream body) throws TransientFailure {
    try {
      return body.read(piece);
    } catch (IOException e) {
      throw TransientFailure.of(e);
    }
  }

  /** What is wrong with the whole file; empty where it is as the Hub says. Ends the hashing. */
  Optional<String> verify(FileHead head) throws IOException {
    if (head.size() >= 0 && size != head.size()) {
      return Optional.of("%,d bytes or more instead of %,d".formatted(size, head.size()));
    }
    Optional<String> expected = FileHead.sha256(head.etag());
    boolean right = expected.isEmpty() || expected.get().equals(Sha256.hex(digest.digest()));
    return right ? Optional.empty() : Optional.of("another SHA-256 than the Hub names");
  }

  /** Git's name for what is there, which says its size first and so is had at the end alone. */
  String gitBlob() throws IOException {
    return GitBlob.id(channel);
  }

  /** Makes the content durable, before it gets a name that says it is whole. */
  void force() throws IOException {
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
