package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * Small arrays that kernels read: addresses of many tensors, and integers of the host. Kept by what
 * they hold, so that a step that repeats uploads nothing. What is kept goes with the memory it is
 * of.
 */
final class DeviceTables {
  /**
   * Beyond this many, the one that was asked for longest ago makes room: more than any launch uses,
   * so that it is never one of the launch that is being prepared.
   */
  private static final int MOST = 4096;

  /** An array as a key: equal when its elements are. */
  private record Content(long[] words) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Content content && Arrays.equals(words, content.words);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(words);
    }
  }

  private final CudaMemory memory;
  private final Staging staging;
  private final LinkedHashMap<Content, CudaBuffer> tables = byLastUse();
  private final LinkedHashMap<Content, CudaBuffer> integers = byLastUse();

  DeviceTables(CudaMemory memory, Staging staging) {
    this.memory = memory;
    this.staging = staging;
  }

  private static LinkedHashMap<Content, CudaBuffer> byLastUse() {
    return new LinkedHashMap<>(16, 0.75f, true);
  }

  /** {@return an array of the addresses of tensors} */
  DevicePointer addresses(List<Tensor> tensors) {
    long[] words = new long[tensors.size()];
    for (int i = 0; i < words.length; i++) {
      words[i] = DevicePointer.of(tensors.get(i)).address();
    }
    CudaBuffer kept = tables.get(new Content(words));
    if (kept == null) {
      kept = room(tables, 8L * words.length);
      staging.write(words, kept.pointer());
      tables.put(new Content(words), kept);
    }
    return kept.pointer();
  }

  /** {@return an array of these integers} */
  DevicePointer integers(int[] values) {
    long[] words = new long[values.length];
    Arrays.setAll(words, i -> values[i]);
    CudaBuffer kept = integers.get(new Content(words));
    if (kept == null) {
      kept = room(integers, 4L * values.length);
      staging.write(values, kept.pointer());
      integers.put(new Content(words), kept);
    }
    return kept.pointer();
  }

  private CudaBuffer room(LinkedHashMap<Content, CudaBuffer> kept, long bytes) {
    if (kept.size() == MOST) {
      kept.pollFirstEntry().getValue().close();
    }
    return memory.allocate(bytes);
  }
}
