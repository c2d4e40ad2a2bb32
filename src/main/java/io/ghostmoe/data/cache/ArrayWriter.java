package io.ghostmoe.data.cache;

import io.ghostmoe.base.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.zip.CRC32C;

/** Writes one raw little-endian array to a new file, with its checksums. */
final class ArrayWriter implements AutoCloseable {
  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
  private final MessageDigest digest = Sha256.digest();
  private final CRC32C checksum = new CRC32C();
  private long bytes;

  ArrayWriter(Path file) throws IOException {
    channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  void putShort(int value) throws IOException {
    room(Short.BYTES).putShort((short) value);
  }

  void putInt(int value) throws IOException {
    room(Integer.BYTES).putInt(value);
  }

  void putLong(long value) throws IOException {
    room(Long.BYTES).putLong(value);
  }

  /** Forces everything to disk. */
  Manifest.Part finish() throws IOException {
    flush();
    channel.force(true);
    return new Manifest.Part(bytes, (int) checksum.getValue(), Sha256.hex(digest.digest()));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private ByteBuffer room(int size) throws IOException {
    if (buffer.remaining() < size) {
      flush();
    }
    return buffer;
  }

  private void flush() throws IOException {
    buffer.flip();
    bytes += buffer.remaining();
    digest.update(buffer.duplicate());
    checksum.update(buffer.duplicate());
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }
}
