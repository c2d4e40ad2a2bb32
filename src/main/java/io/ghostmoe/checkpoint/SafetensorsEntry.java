package io.ghostmoe.checkpoint;

import io.ghostmoe.base.UserException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * One named array of a safetensors file.
 *
 * @param name what it is called, never {@code __metadata__}
 * @param type of its elements
 * @param shape outermost dimension first; empty for a scalar
 * @param begin offset of its first byte, counted from the first byte after the header
 * @param end offset behind its last byte
 */
public record SafetensorsEntry(
    String name, SafetensorsType type, List<Long> shape, long begin, long end) {

  /** The key that the format keeps for a map of strings. */
  static final String METADATA = "__metadata__";

  public SafetensorsEntry {
    shape = List.copyOf(shape);
    if (name.equals(METADATA)) {
      throw new IllegalArgumentException("a tensor cannot be called " + METADATA);
    }
    long bytes = Math.multiplyExact(elements(shape), (long) type.bytes());
    if (begin < 0 || end < begin || end - begin != bytes) {
      throw new IllegalArgumentException(
          "shape %s of %s takes %d bytes, data_offsets are [%d, %d]"
              .formatted(shape, type, bytes, begin, end));
    }
  }

  /** Number of elements; 1 for a scalar. */
  public long elements() {
    return elements(shape);
  }

  /**
   * Demands a shape.
   *
   * @param file that the entry came from, for the message
   * @throws UserException naming the file, both shapes and what to check
   */
  public void requireShape(Path file, long... expected) {
    if (!shape.equals(Arrays.stream(expected).boxed().toList())) {
      throw UserException.input(
          "%s: %s has shape %s, the configuration expects %s: check that config.json belongs to this file"
              .formatted(file, name, shape, Arrays.toString(expected)));
    }
  }

  /**
   * Product of the dimensions.
   *
   * @throws IllegalArgumentException on a negative dimension
   * @throws ArithmeticException where it exceeds a long
   */
  static long elements(List<Long> shape) {
    long elements = 1;
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException("shape " + shape + " has a negative dimension");
      }
      elements = Math.multiplyExact(elements, size);
    }
    return elements;
  }
}
