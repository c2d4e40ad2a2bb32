package io.ghostmoe.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Draws;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBackend;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A dense layer whose weight is stacked from parameters, in double precision. */
class StackRowsTest {
  private static final int N = 3;
  private static final int A = 5;
  private static final int C = 4;
  private static final double STEP = 1e-5;

  /** The objective is bilinear, so that only its rounding, 1e-15, is divided by the step. */
  private static final double TOLERANCE = 1e-9;

  private final ScalarBackend backend = ScalarBackend.float64();
  private final Arena arena = new Arena(backend);
  private final Draws draws = new Draws(8);
  private final ParameterRegistry registry = new ParameterRegistry(backend, 1, true);
  private final List<Parameter> rows =
      IntStream.range(0, A).mapToObj(e -> registry.normalExpert("row", e, 1, false, C)).toList();
  private final Tensor first = drawn(N, C);
  private final Tensor second = drawn(N, C);
  private final Tensor downstream = drawn(N, A);

  private Tensor drawn(int... dims) {
    Tensor tensor = backend.allocate(DType.F32, dims);
    backend.write(draws.signedDoubles(tensor.elements()), tensor);
    return tensor;
  }

  private double[] read(Tensor tensor) {
    double[] values = new double[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  /** What two layers that share the weight give, weighted, and the gradients of their inputs. */
  private record Pass(double objective, double[] dFirst, double[] dSecond) {}

  private Pass pass() {
    Tape tape = Tape.recording(backend, arena);
    Variable weight = StackRows.apply(tape, rows);
    Variable x = tape.input(first);
    Variable y = tape.input(second);
    double objective = 0;
    for (Variable input : List.of(x, y)) {
      Variable out = Linear.apply(tape, input, weight);
      tape.contribute(out, (accumulate, d) -> backend.copy(downstream, d));
      double[] values = read(out.value());
      double[] factors = read(downstream);
      for (int i = 0; i < values.length; i++) {
        objective += values[i] * factors[i];
      }
    }
    tape.backward();
    Pass pass = new Pass(objective, read(Tape.gradientOf(x)), read(Tape.gradientOf(y)));
    arena.reset();
    return pass;
  }

  private void check(String name, Tensor variable, double[] gradient) {
    double[] at = read(variable);
    for (int i = 0; i < at.length; i++) {
      double[] moved = at.clone();
      moved[i] = at[i] + STEP;
      backend.write(moved, variable);
      double above = pass().objective();
      moved[i] = at[i] - STEP;
      backend.write(moved, variable);
      double numeric = (above - pass().objective()) / (2 * STEP);
      assertThat(gradient[i]).as("%s[%d]", name, i).isCloseTo(numeric, within(TOLERANCE));
    }
    backend.write(at, variable);
  }

  @Test
  void rowsAndInputsHaveTheDerivativesOfTheLayersThatShareThem() {
    Pass pass = pass();
    List<double[]> gradients = rows.stream().map(row -> read(row.requireGradient())).toList();
    check("first input", first, pass.dFirst());
    check("second input", second, pass.dSecond());
    for (int e = 0; e < A; e++) {
      check("row " + e, rows.get(e).value(), gradients.get(e));
    }
  }

  @Test
  void gradientsOfRowsAccumulateOverPasses() {
    var _ = pass();
    double[] once = read(rows.getFirst().requireGradient());
    var _ = pass();
    double[] twice = read(rows.getFirst().requireGradient());
    for (int i = 0; i < once.length; i++) {
      assertThat(twice[i]).isCloseTo(2 * once[i], within(1e-12));
    }
  }

  @Test
  void stackedRowsLearnAsOneMatrixDoes() {
    Parameter matrix = registry.normal("matrix", 1, false, A, C);
    backend.stackRows(rows.stream().map(Parameter::value).toList(), matrix.value());
    Tape tape = Tape.recording(backend, arena);
    Variable x = tape.input(first);
    Variable stacked = Linear.apply(tape, x, StackRows.apply(tape, rows));
    Variable whole = Linear.apply(tape, x, matrix, null);
    assertThat(read(stacked.value())).isEqualTo(read(whole.value()));
    for (Variable out : List.of(stacked, whole)) {
      tape.contribute(out, (accumulate, d) -> backend.copy(downstream, d));
    }
    tape.backward();
    Tensor gradient = backend.allocate(DType.F32, A, C);
    backend.stackRows(rows.stream().map(Parameter::requireGradient).toList(), gradient);
    assertThat(read(gradient)).isEqualTo(read(matrix.requireGradient()));
  }
}
