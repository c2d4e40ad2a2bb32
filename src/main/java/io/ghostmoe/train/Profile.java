package io.ghostmoe.train;

import io.ghostmoe.tensor.Backend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where time goes, by operation of a backend. Operations are timed on the calling thread, so the
 * backend must have finished when it returns, as those of the CPU have.
 */
public final class Profile {
  private static final Object[] NOTHING = {};

  private final Map<String, Line> lines = new HashMap<>();
  private long startNanos = System.nanoTime();

  /**
   * One operation.
   *
   * @param operation name of the method of {@link Backend}
   * @param calls since the last reset
   * @param seconds of all calls
   * @param flops additions and multiplications of the matrix products, 0 where there are none
   * @param bytes of the operands, each met once a call, of embedding tables the rows looked up: the
   *     least that has to be moved
   */
  public record Line(String operation, long calls, double seconds, double flops, double bytes) {
    private Line plus(double more, OperationCost cost) {
      return new Line(
          operation, calls + 1, seconds + more, flops + cost.flops(), bytes + cost.bytes());
    }
  }

  /** A profile in which nothing was seen yet. */
  public Profile() {}

  /**
   * Watches a backend.
   *
   * @param backend that computes; stays the caller's
   * @return one that does what it does, slower by some microseconds an operation; its exceptions
   *     are the backend's own
   */
  public Backend watch(Backend backend) {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (_, method, arguments) -> timed(backend, method, arguments));
  }

  private @Nullable Object timed(
      Backend backend, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    long start = System.nanoTime();
    try {
      return method.invoke(backend, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    } finally {
      double seconds = (System.nanoTime() - start) * 1e-9;
      String name = method.getName();
      OperationCost cost = OperationCost.of(name, arguments == null ? NOTHING : arguments);
      lines.compute(
          name,
          (_, line) -> (line == null ? new Line(name, 0, 0, 0, 0) : line).plus(seconds, cost));
    }
  }

  /** Forgets what was seen so far, such as the steps in which the code was still cold. */
  public void reset() {
    lines.clear();
    startNanos = System.nanoTime();
  }

  /** {@return the seconds since the last reset, of which the operations took a part} */
  public double seconds() {
    return (System.nanoTime() - startNanos) * 1e-9;
  }

  /** {@return what was called since the last reset, the longest time first} */
  public List<Line> lines() {
    List<Line> sorted = new ArrayList<>(lines.values());
    sorted.sort(Comparator.comparingDouble(Line::seconds).reversed());
    return sorted;
  }

  /** {@return what resets it in the middle of a run's steps, when the code is compiled} */
  public TrainListener warmUp() {
    return new TrainListener() {
      private long middle;

      @Override
      public void onStart(RunStart start) {
        middle = start.firstStep() + (start.maxSteps() - start.firstStep()) / 2;
      }

      @Override
      public void onStep(StepMetrics metrics) {
        if (metrics.step() == middle) {
          reset();
        }
      }
    };
  }
}
