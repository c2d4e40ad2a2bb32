package io.ghostmoe.checkpoint;

import io.ghostmoe.base.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * Writes named arrays as one safetensors file: eight bytes of header length, the header in JSON,
 * the arrays' little-endian bytes.
 *
 * <p>Header and data hold the arrays in the order in which they were added, the metadata sorted by
 * key; the bytes depend on nothing else. Arrays are asked for piece by piece while the file is
 * written, so that no second copy of a model exists in memory, nor of its largest tensor.
 *
 * <p>Source: the format's description at github.com/huggingface/safetensors.
 */
public final class SafetensorsWriter {
  private static final int BUFFER_BYTES = 1 << 18;

  /** Elements that are asked for at once. */
  private static final int PIECE = BUFFER_BYTES / Float.BYTES;

  /** Where an array of floats comes from, piece by piece. */
  @FunctionalInterface
  public interface Floats {
    /**
     * Copies some elements of a slice.
     *
     * @param from the first
     * @param target gets them at its start
     */
    void copy(int slice, int from, float[] target, int count);
  }

  private sealed interface Slices {}

  private record FloatSlices(int count, Floats source) implements Slices {}

  private record IntSlices(int count, IntFunction<int[]> slice) implements Slices {}

  private final SortedMap<String, String> metadata = new TreeMap<>();
  private final Map<String, SafetensorsEntry> entries = new LinkedHashMap<>();
  private final List<Slices> data = new ArrayList<>();
  private long end;

  /** Adds a string to {@code __metadata__}. */
  public SafetensorsWriter metadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /**
   * Adds an array of floats that lies in {@code slices} equal slices, outermost dimension first.
   *
   * @param source asked for slices 0 … slices − 1, each from front to back, while the file is
   *     written
   * @throws IllegalArgumentException on a name given twice or a shape that the slices cannot fill
   */
  public SafetensorsWriter floats(String name, long[] shape, int slices, Floats source) {
    return add(name, SafetensorsType.F32, shape, slices, new FloatSlices(slices, source));
  }

  /** Adds an array of floats. */
  public SafetensorsWriter floats(String name, long[] shape, float[] values) {
    floats(
        name,
        shape,
        1,
        (slice, from, target, count) -> System.arraycopy(values, from, target, 0, count));
    requireLength(Objects.requireNonNull(entries.get(name)), 1, 0, values.length);
    return this;
  }

  /**
   * Adds an array of integers in equal slices, outermost dimension first.
   *
   * @param slice called once for 0 … slices − 1 while the file is written; the array that it
   *     returns is copied before the next call and may be used again
   * @throws IllegalArgumentException on a name given twice or a shape that the slices cannot fill
   */
  public SafetensorsWriter ints(String name, long[] shape, int slices, IntFunction<int[]> slice) {
    return add(name, SafetensorsType.I32, shape, slices, new IntSlices(slices, slice));
  }

  /** Adds an array of integers in one piece. */
  public SafetensorsWriter ints(String name, long[] shape, int[] values) {
    return ints(name, shape, 1, ignored -> values);
  }

  private SafetensorsWriter add(
      String name, SafetensorsType type, long[] shape, int count, Slices slices) {
    List<Long> dimensions = Arrays.stream(shape).boxed().toList();
    long elements = SafetensorsEntry.elements(dimensions);
    if (count < 1 || elements % count != 0 || elements / count > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          name + ": shape " + dimensions + " is not made of " + count + " equal slices");
    }
    long next = Math.addExact(end, Math.multiplyExact(elements, (long) type.bytes()));
    SafetensorsEntry entry = new SafetensorsEntry(name, type, dimensions, end, next);
    if (entries.putIfAbsent(name, entry) != null) {
      throw new IllegalArgumentException("two arrays are called " + name);
    }
    data.add(slices);
    end = next;
    return this;
  }

  /**
   * Writes the file, replacing {@code target} atomically and durably.
   *
   * @throws IOException where the disk does not take it; nothing is left behind then
   * @throws IllegalArgumentException where a slice has another length than its share of the shape
   */
  public void write(Path target) throws IOException {
    Path beside = AtomicFiles.beside(target);
    try {
      try (FileChannel channel =
          FileChannel.open(
              beside,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        write(channel);
        channel.force(true);
      }
      AtomicFiles.publish(beside, target);
    } catch (IOException | RuntimeException | Error e) {
      deleteQuietly(beside, e);
      throw e;
    }
  }

  private static void deleteQuietly(Path file, Throwable failure) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private void write(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new SafetensorsHeader(metadata, entries).encode();
    drain(buffer.putLong(header.length), channel);
    ByteBuffer headerBytes = ByteBuffer.wrap(header);
    while (headerBytes.hasRemaining()) {
      channel.write(headerBytes);
    }
    int index = 0;
    for (SafetensorsEntry entry : entries.values()) {
      switch (data.get(index++)) {
        case FloatSlices slices -> writeFloats(entry, slices, buffer, channel);
        case IntSlices slices -> writeInts(entry, slices, buffer, channel);
      }
    }
  }

  private static void writeFloats(
      SafetensorsEntry entry, FloatSlices slices, ByteBuffer buffer, FileChannel channel)
      throws IOException {
    int length = Math.toIntExact(entry.elements() / slices.count);
    float[] piece = new float[Math.min(length, PIECE)];
    for (int index = 0; index < slices.count; index++) {
      for (int from = 0; from < length; from += piece.length) {
        int count = Math.min(length - from, piece.length);
        slices.source.copy(index, from, piece, count);
        buffer.asFloatBuffer().put(piece, 0, count);
        drain(buffer.position(count * Float.BYTES), channel);
      }
    }
  }

  private static void writeInts(
      SafetensorsEntry entry, IntSlices slices, ByteBuffer buffer, FileChannel channel)
      throws IOException {
    for (int index = 0; index < slices.count; index++) {
      int[] values = slices.slice.apply(index);
      requireLength(entry, slices.count, index, values.length);
      for (int from = 0; from < values.length; ) {
        int count = Math.min(values.length - from, PIECE);
        buffer.asIntBuffer().put(values, from, count);
        drain(buffer.position(count * Integer.BYTES), channel);
        from += count;
      }
    }
  }

  private static void requireLength(SafetensorsEntry entry, int slices, int index, int length) {
    if (length != entry.elements() / slices) {
      throw new IllegalArgumentException(
          "%s: slice %d of %d has %d elements, shape %s needs %d"
              .formatted(
                  entry.name(), index, slices, length, entry.shape(), entry.elements() / slices));
    }
  }

  /** Writes what the buffer holds and leaves it empty. */
  private static void drain(ByteBuffer buffer, FileChannel channel) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }
}
