package io.ghostmoe.checkpoint;

import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.ParameterRegistry.Entry;
import io.ghostmoe.base.UserException;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A model's tensors as one safetensors file, under the registry's names and shapes. */
public final class ModelFile {
  private static final String BALANCE_BIAS = ".moe.balance_bias";

  /** Floats that are copied at once: a whole tensor would take its memory a second time. */
  private static final int PIECE = 1 << 16;

  private ModelFile() {}

  /** Writes every entry of the registry, experts stacked. */
  public static void write(ParameterRegistry registry, Backend backend, Path file)
      throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (Entry entry : registry.entries()) {
      add(entry, backend, writer);
    }
    writer.write(file);
  }

  static void add(Entry entry, Backend backend, SafetensorsWriter writer) {
    writer.floats(
        entry.name(),
        shape(entry),
        entry.slices().size(),
        (slice, from, target, count) ->
            backend.read(entry.slices().get(slice), from, target, count));
  }

  static long[] shape(Entry entry) {
    return Arrays.stream(entry.fileShape()).asLongStream().toArray();
  }

  /**
   * Fills every entry of the registry.
   *
   * @throws UserException where the file lacks an entry, has one of another shape, or one that the
   *     model does not know
   */
  public static void read(ParameterRegistry registry, Backend backend, Path file) {
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsReader reader = SafetensorsReader.open(file, arena);
      for (Entry entry : registry.entries()) {
        reader.entry(entry.name()).requireShape(file, shape(entry));
        readSlices(reader, entry.name(), entry, backend);
      }
      requireSameCount(registry.entries().size(), reader, file);
    }
  }

  /**
   * How many experts each layer of the file has.
   *
   * @throws UserException where the file lacks a layer's
   */
  public static List<Integer> experts(Path file, int layers) {
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsReader reader = SafetensorsReader.open(file, arena);
      return IntStream.range(0, layers)
          .mapToObj(layer -> reader.entry("layers." + layer + BALANCE_BIAS))
          .map(entry -> Math.toIntExact(entry.elements()))
          .toList();
    }
  }

  /**
   * What the file holds, by its header alone.
   *
   * @throws UserException where the header is damaged
   */
  public static List<SafetensorsEntry> entries(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      return SafetensorsReader.open(file, arena).entries();
    }
  }

  /**
   * The table of token embeddings, [V,C].
   *
   * @throws UserException where the file lacks it
   */
  public static SafetensorsEntry tokenEmbedding(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      return SafetensorsReader.open(file, arena).entry("token_embedding.weight");
    }
  }

  /** Whether gradients change the tensor of that name; a balance bias is steered by the load. */
  public static boolean isLearned(String name) {
    return !name.endsWith(BALANCE_BIAS);
  }

  static void readSlices(SafetensorsReader reader, String name, Entry entry, Backend backend) {
    float[] piece = new float[PIECE];
    long start = 0;
    for (Tensor tensor : entry.slices()) {
      for (int from = 0; from < tensor.elements(); from += PIECE) {
        int count = Math.min(PIECE, tensor.elements() - from);
        reader.read(name, start + from, piece, 0, count);
        backend.write(piece, count, tensor, from);
      }
      start += tensor.elements();
    }
  }

  static void requireSameCount(int wanted, SafetensorsReader reader, Path file) {
    if (reader.entries().size() != wanted) {
      throw UserException.input(
          "%s holds %d tensors, the model has %d: it belongs to another configuration."
              .formatted(file, reader.entries().size(), wanted));
    }
  }
}
