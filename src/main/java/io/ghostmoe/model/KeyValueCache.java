package io.ghostmoe.model;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of the positions that some sequences have seen so far, so that none is redone.
 */
public final class KeyValueCache implements AutoCloseable {
  private final Backend backend;
  private final int capacity;
  private final List<Tensor> keys = new ArrayList<>();
  private final List<Tensor> values = new ArrayList<>();
  private final int[] lengths;

  /** An empty cache for so many sequences of at most {@code config.length()} positions each. */
  public KeyValueCache(Backend backend, ModelConfig config, int sequences) {
    this.backend = backend;
    lengths = new int[sequences];
    capacity = config.length();
    for (int layer = 0; layer < config.layers(); layer++) {
      keys.add(backend.allocate(DType.F32, sequences, capacity, config.width()));
      values.add(backend.allocate(DType.F32, sequences, capacity, config.width()));
    }
  }

  /** How many sequences it holds. */
  public int sequences() {
    return lengths.length;
  }

  /** Positions that a sequence has seen. */
  public int length(int sequence) {
    return lengths[sequence];
  }

  /** Positions of a sequence that fit. */
  public int capacity() {
    return capacity;
  }

  /** Forgets a sequence. */
  public void clear(int sequence) {
    lengths[sequence] = 0;
  }

  Tensor keys(int layer) {
    return keys.get(layer);
  }

  Tensor values(int layer) {
    return values.get(layer);
  }

  void advance(int sequence, int positions) {
    lengths[sequence] += positions;
  }

  @Override
  public void close() {
    keys.forEach(backend::release);
    values.forEach(backend::release);
    keys.clear();
    values.clear();
  }
}
