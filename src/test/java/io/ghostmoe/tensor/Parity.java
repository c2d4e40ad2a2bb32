package io.ghostmoe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.ghostmoe.tensor.cpu.ScalarBackend;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.IntToDoubleFunction;

/**
 * One operation run on three sides: the candidate, the float64 scalar backend, and that backend
 * once more on absolute values, where a multilinear operation yields Σ|terms| of each element. A
 * difference may be as large as a bound derived from that and from {@link #UNIT}; the largest
 * fraction of it that was used is printed at the end.
 */
final class Parity implements AutoCloseable {
  /** The largest relative error of one rounding to single precision. */
  static final double UNIT = 0x1p-24;

  /** What every bound grants for results below the least normal number. */
  private static final double UNDERFLOW = Float.MIN_NORMAL;

  private final String operation;
  private final Backend candidate;
  private final ScalarBackend exact = ScalarBackend.float64();
  private final ScalarBackend magnitude = ScalarBackend.float64();
  private String label = "";
  private double worst;
  private String worstLabel = "";

  Parity(String operation, Backend candidate) {
    this.operation = operation;
    this.candidate = candidate;
  }

  /** The same operand on all sides. */
  record Operand(Tensor candidate, Tensor exact, Tensor magnitude) {}

  /** One of the three, where an operation is run. */
  interface Side {
    Backend backend();

    Tensor of(Operand operand);

    default List<Tensor> of(List<Operand> operands) {
      return operands.stream().map(this::of).toList();
    }
  }

  /** Names the case for messages. */
  Parity at(String name) {
    label = name;
    return this;
  }

  /** An input, or an output on top of which the operation accumulates. */
  Operand input(float[] values, int... dims) {
    Operand operand = allocate(DType.F32, dims);
    candidate.write(values, operand.candidate());
    exact.write(values, operand.exact());
    float[] absolute = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      absolute[i] = Math.abs(values[i]);
    }
    magnitude.write(absolute, operand.magnitude());
    return operand;
  }

  /** An input of integers, or an output filled with garbage. */
  Operand integers(int[] values, int... dims) {
    Operand operand = allocate(DType.I32, dims);
    candidate.write(values, operand.candidate());
    exact.write(values, operand.exact());
    magnitude.write(values, operand.magnitude());
    return operand;
  }

  /** An output that holds NaN. */
  Operand output(int... dims) {
    float[] values = new float[Shape.of(dims).elements()];
    Arrays.fill(values, Float.NaN);
    return input(values, dims);
  }

  /** An output of integers that holds garbage. */
  Operand integerOutput(int... dims) {
    int[] values = new int[Shape.of(dims).elements()];
    Arrays.fill(values, Integer.MIN_VALUE);
    return integers(values, dims);
  }

  /** An output that the operation adds to if {@code accumulate}, else one that holds NaN. */
  Operand gradient(boolean accumulate, Draws draws, int... dims) {
    return accumulate ? input(draws.signed(Shape.of(dims).elements()), dims) : output(dims);
  }

  private Operand allocate(DType type, int... dims) {
    return new Operand(
        candidate.allocate(type, dims), exact.allocate(type, dims), magnitude.allocate(type, dims));
  }

  /** Runs the operation on every side. */
  void run(Consumer<Side> body) {
    body.accept(new CandidateSide(candidate));
    body.accept(new ExactSide(exact));
    body.accept(new MagnitudeSide(magnitude));
  }

  private record CandidateSide(Backend backend) implements Side {
    @Override
    public Tensor of(Operand operand) {
      return operand.candidate();
    }
  }

  private record ExactSide(Backend backend) implements Side {
    @Override
    public Tensor of(Operand operand) {
      return operand.exact();
    }
  }

  private record MagnitudeSide(Backend backend) implements Side {
    @Override
    public Tensor of(Operand operand) {
      return operand.magnitude();
    }
  }

  /** What the float64 backend computed. */
  double[] exact(Operand operand) {
    double[] values = new double[operand.exact().elements()];
    exact.read(operand.exact(), values);
    return values;
  }

  /** The integers of an operand, as the float64 backend has them. */
  int[] integers(Operand operand) {
    int[] values = new int[operand.exact().elements()];
    exact.read(operand.exact(), values);
    return values;
  }

  /** What the float64 backend computed from absolute values. */
  double[] magnitudes(Operand operand) {
    double[] values = new double[operand.magnitude().elements()];
    magnitude.read(operand.magnitude(), values);
    return values;
  }

  /** Every element within {@code roundings} unit roundings of its Σ|terms|. */
  void within(Operand operand, double roundings) {
    withinRows(operand, operand.exact().shape().rows(), roundings);
  }

  /** As {@link #within(Operand, double)}, for the first rows only: the others are undefined. */
  void withinRows(Operand operand, int rows, double roundings) {
    double[] terms = magnitudes(operand);
    compare(operand, rows, i -> roundings * UNIT * terms[i]);
  }

  /** Every element within its own bound. */
  void within(Operand operand, IntToDoubleFunction bound) {
    compare(operand, operand.exact().shape().rows(), bound);
  }

  /** As {@link #within}, where infinities and NaN are results that both sides must have alike. */
  void withinOrAlike(Operand operand, IntToDoubleFunction bound) {
    double[] want = exact(operand);
    float[] got = read(operand);
    for (int i = 0; i < want.length; i++) {
      boolean number = Double.isFinite(want[i]);
      if (number != Float.isFinite(got[i]) || (!number && Double.compare(got[i], want[i]) != 0)) {
        fail("%s (%s): element %d is %s, should be %s", operation, label, i, got[i], want[i]);
      }
      if (number) {
        compare(i, got[i], want[i], bound.applyAsDouble(i));
      }
    }
  }

  private void compare(Operand operand, int rows, IntToDoubleFunction bound) {
    float[] got = read(operand);
    double[] want = exact(operand);
    int elements = got.length == 0 ? 0 : rows * operand.exact().dim(-1);
    for (int i = 0; i < elements; i++) {
      compare(i, got[i], want[i], bound.applyAsDouble(i));
    }
  }

  private void compare(int i, float got, double want, double bound) {
    double allowed = bound + UNDERFLOW;
    double difference = Math.abs(got - want);
    // negated, so that NaN on either side fails
    if (!(difference <= allowed)) {
      fail("%s (%s): element %d is %s, should be %s ± %s", operation, label, i, got, want, allowed);
    }
    if (difference / allowed > worst) {
      worst = difference / allowed;
      worstLabel = label;
    }
  }

  private float[] read(Operand operand) {
    float[] values = new float[operand.candidate().elements()];
    candidate.read(operand.candidate(), values);
    return values;
  }

  /** Integers are equal. */
  void same(Operand operand) {
    sameUpTo(operand, operand.exact().elements());
  }

  /** The first integers are equal; the others are undefined. */
  void sameUpTo(Operand operand, int count) {
    int[] got = new int[operand.candidate().elements()];
    candidate.read(operand.candidate(), got);
    int[] want = integers(operand);
    assertThat(Arrays.copyOf(got, count))
        .as("%s (%s)", operation, label)
        .containsExactly(Arrays.copyOf(want, count));
  }

  /** The roundings of a sum of {@code terms} products in any order, the last store included. */
  static double roundings(int terms) {
    return terms + 3;
  }

  /** Closes the candidate and says how near to the tolerance it came. */
  @Override
  public void close() {
    System.out.printf(
        Locale.ROOT,
        "parity %-32s %.3f of the tolerance at most (%s)%n",
        operation,
        worst,
        worstLabel);
    candidate.close();
  }
}
