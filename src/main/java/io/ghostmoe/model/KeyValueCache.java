package io.ghostmoe.model;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Keys and values of the positions that a sequence has seen so far, so that none is redone. */
public final class KeyValueCache implements AutoCloseable {
  private final Backend backend;
  private final int capacity;
  private final List<Tensor> keys = new ArrayList<>();
  private final List<Tensor> values = new ArrayList<>();
  private int length;

  /** An empty cache for one sequence of at most {@code config.length()} positions. */
  public KeyValueCache(Backend backend, ModelConfig config) {
    this.backend = backend;
    capacity = config.length();
    for (int layer = 0; layer < config.layers(); layer++) {
      keys.add(backend.allocate(DType.F32, capacity, config.width()));
      values.add(backend.allocate(DType.F32, capacity, config.width()));
    }
  }

  /** Positions seen. */
  public int length() {
    return length;
  }

  /** Positions that fit. */
  public int capacity() {
    return capacity;
  }

  /** Forgets everything. */
  public void clear() {
    length = 0;
  }

  Tensor keys(int layer) {
    return keys.get(layer);
  }

  Tensor values(int layer) {
    return values.get(layer);
  }

  void advance(int positions) {
    length += positions;
  }

  @Override
  public void close() {
    keys.forEach(backend::release);
    values.forEach(backend::release);
    keys.clear();
    values.clear();
  }
}
