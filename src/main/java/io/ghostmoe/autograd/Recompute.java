package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of a network whose inner activations need not be kept: what a tape that recomputes keeps
 * is the part's input and result, and the backward pass begins by running the part again. Source:
 * Chen et al. 2016, "Training deep nets with sublinear memory cost".
 *
 * <p>The second pass computes what the first one did, bit for bit, as long as the part depends on
 * nothing that changes in between; and its operations hand their gradients to the very variable and
 * parameters that they would have handed them to, in the same order. So recomputing changes no
 * number, as long as the loss depends on the result: a part whose result no gradient reaches is not
 * run again, and a loss of its own, such as a router's, goes without its gradients.
 *
 * <p>Where there will be no backward pass, a part's memory is free as soon as it has its result.
 */
public final class Recompute {
  private Recompute() {}

  /**
   * A part of a network.
   *
   * @param <R> what it gives
   */
  @FunctionalInterface
  public interface Part<R extends Result> {
    /**
     * Computes the part on a tape that is not always the one it was applied to.
     *
     * @param x the only variable from outside that it may use
     */
    R run(Tape tape, Variable x);
  }

  /** What a part gives. */
  public interface Result {
    /** What is differentiated: a variable that the part made. */
    Variable y();

    /** Tensors that the part made and that are of use to others, such as statistics. */
    List<Tensor> measured();
  }

  /** What the part gives; of a second pass nobody sees anything but the gradients. */
  public static <R extends Result> R apply(Tape tape, Variable x, Part<R> part) {
    if (tape.keepsParts()) {
      return part.run(tape, x);
    }
    long mark = tape.mark();
    R result = part.run(tape.first(), x);
    List<Tensor> kept = new ArrayList<>(result.measured());
    kept.add(result.y().value());
    tape.giveSince(mark, kept);
    tape.record(result.y(), () -> backward(tape, x, part, result.y()));
    return result;
  }

  private static void backward(Tape tape, Variable x, Part<?> part, Variable y) {
    long mark = tape.mark();
    Tape second = tape.second();
    y.passGradientTo(part.run(second, x).y());
    second.backward();
    Tensor dX = x.gradient();
    tape.giveSince(mark, dX == null ? List.of() : List.of(dX));
  }
}
