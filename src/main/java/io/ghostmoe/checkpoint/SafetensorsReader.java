package io.ghostmoe.checkpoint;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file, mapped into memory. The whole header is checked when it is opened (bounds,
 * duplicates, gaps and overlaps, shape against bytes, length of the file), so that reading an array
 * that is there cannot fail on a file that nobody cuts meanwhile.
 *
 * <p>The mapping lives as long as the arena that it was opened in; a shared arena lets several
 * threads read.
 */
public final class SafetensorsReader {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final SafetensorsHeader header;
  private final MemorySegment data;

  private SafetensorsReader(Path file, SafetensorsHeader header, MemorySegment data) {
    this.file = file;
    this.header = header;
    this.data = data;
  }

  /**
   * Opens a file and checks its header.
   *
   * @param arena that the mapping belongs to
   * @throws UserException naming the file and what is wrong with it
   */
  public static SafetensorsReader open(Path file, Arena arena) {
    try {
      MemorySegment bytes = map(file, arena);
      long headerBytes = headerBytes(bytes);
      byte[] json = bytes.asSlice(Long.BYTES, headerBytes).toArray(ValueLayout.JAVA_BYTE);
      MemorySegment data = bytes.asSlice(Long.BYTES + headerBytes);
      SafetensorsHeader header = SafetensorsHeaderParser.parse(json, data.byteSize());
      return new SafetensorsReader(file, header, data);
    } catch (SafetensorsHeaderParser.Malformed e) {
      throw UserException.input(
          "%s: %s: the file is damaged or is no safetensors file; use another copy of it"
              .formatted(file, e.getMessage()),
          e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static UserException unreadable(Path file, IOException cause) {
    if (cause instanceof NoSuchFileException) {
      return UserException.input(file + ": no such file: check the path", cause);
    }
    return UserException.environment(file + " cannot be read: " + cause.getMessage(), cause);
  }

  private static MemorySegment map(Path file, Arena arena) throws IOException {
    if (Files.isDirectory(file)) {
      throw UserException.input(file + " is a folder: name a .safetensors file in it");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    }
  }

  private static long headerBytes(MemorySegment bytes) throws SafetensorsHeaderParser.Malformed {
    if (bytes.byteSize() < Long.BYTES) {
      throw new SafetensorsHeaderParser.Malformed(
          "%d bytes are too few to hold a header".formatted(bytes.byteSize()));
    }
    long length = bytes.get(LONG, 0);
    if (length < 2 || length > SafetensorsHeader.MAXIMUM_BYTES) {
      throw new SafetensorsHeaderParser.Malformed(
          "a header of %s bytes is outside 2 … %d"
              .formatted(Long.toUnsignedString(length), SafetensorsHeader.MAXIMUM_BYTES));
    }
    if (length > bytes.byteSize() - Long.BYTES) {
      throw new SafetensorsHeaderParser.Malformed(
          "the header should be %d bytes, the file ends after %d"
              .formatted(length, bytes.byteSize() - Long.BYTES));
    }
    return length;
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** What the file holds, in the order of its header. */
  public List<SafetensorsEntry> entries() {
    return List.copyOf(header.entries().values());
  }

  /** The strings of {@code __metadata__}; empty without one. */
  public SortedMap<String, String> metadata() {
    return Collections.unmodifiableSortedMap(header.metadata());
  }

  /** The array called {@code name}, if there is one. */
  public Optional<SafetensorsEntry> find(String name) {
    return Optional.ofNullable(header.entries().get(name));
  }

  /**
   * The array called {@code name}.
   *
   * @throws UserException where there is none
   */
  public SafetensorsEntry entry(String name) {
    @Nullable SafetensorsEntry entry = header.entries().get(name);
    if (entry == null) {
      throw UserException.input(
          "%s holds no array called %s: check that config.json belongs to this file"
              .formatted(file, name));
    }
    return entry;
  }

  /** Reads a whole array of floats into a target of exactly its size. */
  public void read(String name, float[] target) {
    requireWhole(name, target.length);
    read(name, 0, target, 0, target.length);
  }

  /**
   * Reads a part of an array of floats.
   *
   * @param from index of the first element, counted over the flattened array
   * @throws UserException where the array is missing or of another type
   * @throws IndexOutOfBoundsException where the part leaves the array or the target
   */
  public void read(String name, long from, float[] target, int offset, int count) {
    long start = locate(name, SafetensorsType.F32, from, count);
    MemorySegment.copy(data, FLOAT, start, target, offset, count);
  }

  /** Reads a whole array of integers into a target of exactly its size. */
  public void read(String name, int[] target) {
    requireWhole(name, target.length);
    read(name, 0, target, 0, target.length);
  }

  /** Reads a part of an array of integers; see {@link #read(String, long, float[], int, int)}. */
  public void read(String name, long from, int[] target, int offset, int count) {
    long start = locate(name, SafetensorsType.I32, from, count);
    MemorySegment.copy(data, INT, start, target, offset, count);
  }

  private void requireWhole(String name, int length) {
    SafetensorsEntry entry = entry(name);
    if (entry.elements() != length) {
      throw UserException.input(
          "%s: %s of shape %s has %d elements, the configuration expects %d: check that config.json belongs to this file"
              .formatted(file, name, entry.shape(), entry.elements(), length));
    }
  }

  private long locate(String name, SafetensorsType type, long from, int count) {
    SafetensorsEntry entry = entry(name);
    if (entry.type() != type) {
      throw UserException.input(
          "%s: %s is %s, expected %s: check that config.json belongs to this file"
              .formatted(file, name, entry.type(), type));
    }
    if (from < 0 || count < 0 || from > entry.elements() - count) {
      throw new IndexOutOfBoundsException(
          "%s: elements %d … %d of %d".formatted(name, from, from + count, entry.elements()));
    }
    return entry.begin() + from * type.bytes();
  }
}
