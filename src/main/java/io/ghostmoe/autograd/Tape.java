package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * The operations of one forward pass in their order, to be walked back for the gradients. A tape
 * that does not record computes values only.
 *
 * <p>Walking back frees memory as it goes: once an operation's backward pass is done, nothing needs
 * its output or that output's gradient any more. How much is kept until then is the tape's affair,
 * not the network's: see {@link Recompute}.
 */
public final class Tape {
  private record Entry(Variable out, Runnable backward) {}

  private enum Mode {
    /** Evaluation and generation: there will be no backward pass. */
    FORWARD,
    /** Training, in which everything is kept for the backward pass. */
    RECORDING,
    /** Training, in which of each part its input is kept, from which it is recomputed. */
    RECOMPUTING,
    /** The first of a part's two passes in training, of which its result is kept. */
    FIRST,
    /** The second, which is walked back. */
    SECOND
  }

  /** Writes a gradient into {@code dX}, adding to what it holds where {@code accumulate} is set. */
  @FunctionalInterface
  public interface Contribution {
    /** Called once, with memory of the variable's shape. */
    void write(boolean accumulate, Tensor dX);
  }

  private final Backend backend;
  private final Arena arena;
  private final Mode mode;
  private final List<Entry> entries = new ArrayList<>();

  private Tape(Backend backend, Arena arena, Mode mode) {
    this.backend = backend;
    this.arena = arena;
    this.mode = mode;
  }

  /** A tape that will be walked back. */
  public static Tape recording(Backend backend, Arena arena) {
    return new Tape(backend, arena, Mode.RECORDING);
  }

  /** The same in less memory and more time: see {@link Recompute}. */
  public static Tape recomputing(Backend backend, Arena arena) {
    return new Tape(backend, arena, Mode.RECOMPUTING);
  }

  /** A tape for evaluation and generation: nothing is kept for a backward pass. */
  public static Tape forwardOnly(Backend backend, Arena arena) {
    return new Tape(backend, arena, Mode.FORWARD);
  }

  /** Where operations compute. */
  public Backend backend() {
    return backend;
  }

  /** The tape for the first pass of a part of which only the result is kept. */
  Tape first() {
    return mode == Mode.RECOMPUTING ? new Tape(backend, arena, Mode.FIRST) : this;
  }

  /** The tape for a part's second pass. */
  Tape second() {
    return new Tape(backend, arena, Mode.SECOND);
  }

  /** Whether what a part computes is kept until the backward pass. */
  boolean keepsParts() {
    return mode == Mode.RECORDING || mode == Mode.SECOND;
  }

  /** Whether operations are noted, to be walked back. */
  public boolean recording() {
    return keepsParts() || mode == Mode.RECOMPUTING;
  }

  /** Whether gradients will be asked for, of this pass or of one that repeats it. */
  public boolean training() {
    return mode != Mode.FORWARD;
  }

  /**
   * Whether a pass in training may be measured and may leave something behind: not where it repeats
   * one that was and did.
   */
  public boolean measuring() {
    return training() && mode != Mode.SECOND;
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
    if (recording()) {
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
    if (!recording()) {
      throw new IllegalStateException("this tape did not record");
    }
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry entry = entries.remove(i);
      if (entry.out.gradient() != null) {
        entry.backward.run();
        giveGradient(entry.out);
      }
      arena.give(entry.out.value());
    }
  }

  private void giveGradient(Variable spent) {
    Tensor gradient = spent.gradient();
    if (gradient != null) { // else the backward pass has passed it on, and it is another's
      spent.gradient(null);
      arena.give(gradient);
    }
  }

  /** This moment, for {@link #giveSince}. */
  long mark() {
    return arena.mark();
  }

  /** Gives back what was taken since a moment, all but {@code kept}. */
  void giveSince(long mark, Collection<Tensor> kept) {
    arena.giveSince(mark, kept);
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
