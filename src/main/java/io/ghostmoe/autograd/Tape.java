package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The operations of one forward pass in their order, to be walked back for the gradients. A tape
 * that does not record computes values only.
 *
 * <p>Walking back frees memory as it goes: once an operation's backward pass is done, nothing needs
 * its output or that output's gradient any more.
 */
public final class Tape {
  private record Entry(Variable out, Runnable backward) {}

  /** Writes a gradient into {@code dX}, adding to what it holds where {@code accumulate} is set. */
  @FunctionalInterface
  public interface Contribution {
    /** Called once, with memory of the variable's shape. */
    void write(boolean accumulate, Tensor dX);
  }

  private final Backend backend;
  private final Arena arena;
  private final boolean recording;
  private final List<Entry> entries = new ArrayList<>();

  private Tape(Backend backend, Arena arena, boolean recording) {
    this.backend = backend;
    this.arena = arena;
    this.recording = recording;
  }

  /** A tape that will be walked back. */
  public static Tape recording(Backend backend, Arena arena) {
    return new Tape(backend, arena, true);
  }

  /** A tape for evaluation and generation: nothing is kept for a backward pass. */
  public static Tape forwardOnly(Backend backend, Arena arena) {
    return new Tape(backend, arena, false);
  }

  /** Where operations compute. */
  public Backend backend() {
    return backend;
  }

  /** Whether gradients will be asked for. */
  public boolean recording() {
    return recording;
  }

  /** Memory with undefined contents that lives as long as the step. */
  public Tensor take(DType type, int... dims) {
    return arena.take(type, dims);
  }

  /** A float variable with undefined contents, for an operation to fill. */
  public Variable variable(int... dims) {
    return new Variable(arena.take(DType.F32, dims));
  }

  /** A variable that starts here: nothing before it is differentiated. */
  public Variable input(Tensor value) {
    return new Variable(value);
  }

  /** Notes how to get from the gradient of {@code out} to those of the operation's inputs. */
  public void record(Variable out, Runnable backward) {
    if (recording) {
      entries.add(new Entry(out, backward));
    }
  }

  /** Adds to the gradient of {@code x}. */
  public void contribute(Variable x, Contribution contribution) {
    Tensor gradient = x.gradient();
    boolean accumulate = gradient != null;
    if (gradient == null) {
      gradient = arena.take(DType.F32, x.value().shape().toArray());
      x.gradient(gradient);
    }
    contribution.write(accumulate, gradient);
  }

  /** Adds to the gradient of {@code x} what an operation that can only assign writes. */
  public void contributeAssigned(Variable x, Consumer<Tensor> assign) {
    contribute(
        x,
        (accumulate, dX) -> {
          if (!accumulate) {
            assign.accept(dX);
            return;
          }
          Tensor part = arena.take(DType.F32, dX.shape().toArray());
          assign.accept(part);
          backend.add(dX, part, dX);
          arena.give(part);
        });
  }

  /** Gives memory back before the step ends; for temporaries of a backward pass. */
  public void give(Tensor tensor) {
    arena.give(tensor);
  }

  /**
   * Walks back from the last operation to the first. Operations whose output received no gradient
   * do not influence the loss and are passed over.
   */
  public void backward() {
    if (!recording) {
      throw new IllegalStateException("this tape did not record");
    }
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry entry = entries.remove(i);
      Tensor gradient = entry.out.gradient();
      if (gradient != null) {
        entry.backward.run();
        entry.out.gradient(null);
        arena.give(gradient);
      }
      arena.give(entry.out.value());
    }
  }

  /** The gradient of an operation's output, inside its backward pass. */
  static Tensor gradientOf(Variable out) {
    Tensor gradient = out.gradient();
    if (gradient == null) {
      throw new IllegalStateException("no gradient reached this operation");
    }
    return gradient;
  }
}
