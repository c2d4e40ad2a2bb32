package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Buffer;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Shape;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Memory of one training step, reused by the next. The shapes of a step are a function of the
 * configuration, so after the first step every request is served by memory of exactly that size,
 * and nothing is allocated any more.
 */
public final class Arena implements AutoCloseable {
  private record Size(DType type, int elements) {}

  /** What is in use, and how much had been taken before it. */
  private record Taken(Tensor tensor, long before) {}

  private final Backend backend;
  private final Map<Size, Deque<Tensor>> free = new HashMap<>();

  /** The newest last. */
  private final SequencedMap<Buffer, Taken> taken = new LinkedHashMap<>();

  private final List<Tensor> owned = new ArrayList<>();
  private long bytes;
  private long takes;

  /** An empty arena over the memory of {@code backend}. */
  public Arena(Backend backend) {
    this.backend = backend;
  }

  /**
   * A tensor with undefined contents, to be used until it is given back or until {@link #reset}.
   */
  public Tensor take(DType type, int... dims) {
    Shape shape = Shape.of(dims);
    Deque<Tensor> sameSize = free.get(new Size(type, shape.elements()));
    Tensor tensor = sameSize == null ? null : sameSize.pollLast();
    if (tensor == null) {
      tensor = backend.allocate(type, dims);
      owned.add(tensor);
      bytes += tensor.buffer().bytes();
    }
    taken.put(tensor.buffer(), new Taken(tensor, takes++));
    return new Tensor(shape, tensor.type(), tensor.buffer());
  }

  /** Gives back what {@link #take} gave; anything else, and what is back already, is left alone. */
  public void give(Tensor tensor) {
    if (taken.remove(tensor.buffer()) != null) {
      free(tensor);
    }
  }

  /** This moment, for {@link #giveSince}. */
  long mark() {
    return takes;
  }

  /** Gives back what was taken since a moment and is not back yet, all but {@code kept}. */
  void giveSince(long mark, Collection<Tensor> kept) {
    List<Buffer> stays = kept.stream().map(Tensor::buffer).toList();
    // the newest first, so that who takes as much again finds it in the same order
    Iterator<Taken> newest = taken.sequencedValues().reversed().iterator();
    while (newest.hasNext()) {
      Taken last = newest.next();
      if (last.before < mark) {
        return;
      }
      if (!stays.contains(last.tensor.buffer())) {
        newest.remove();
        free(last.tensor);
      }
    }
  }

  private void free(Tensor tensor) {
    free.computeIfAbsent(new Size(tensor.type(), tensor.elements()), size -> new ArrayDeque<>())
        .addLast(tensor);
  }

  /** Takes everything back. The next step then sees the same memory in the same places. */
  public void reset() {
    taken.clear();
    free.clear();
    // the first that was made comes out first, as when there was none: a step is a stack of gives
    // and takes, so it runs as the one before
    for (Tensor tensor : owned.reversed()) {
      free(tensor);
    }
  }

  /** Bytes held, in use or not: the peak of all steps since {@link #clear}; 0 once closed. */
  public long bytes() {
    return bytes;
  }

  /**
   * Gives all memory back to the backend, since the next step will ask for other sizes; nothing of
   * it may be in use.
   */
  public void clear() {
    owned.forEach(backend::release);
    owned.clear();
    free.clear();
    taken.clear();
    bytes = 0;
  }

  @Override
  public void close() {
    clear();
  }
}
