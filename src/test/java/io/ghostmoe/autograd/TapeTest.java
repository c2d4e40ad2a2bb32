package io.ghostmoe.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Draws;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBackend;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** Gradients in double precision: what differs is wrong and not rounding. */
class TapeTest {
  private static final int N = 3;
  private static final int C = 4;

  private final ScalarBackend backend = ScalarBackend.float64();
  private final Arena arena = new Arena(backend);
  private final Tape tape = Tape.recording(backend, arena);
  private final Draws draws = new Draws(7);
  private final ParameterRegistry registry = new ParameterRegistry(backend, 1, true);
  private final Parameter weight = registry.normal("weight", 1, true, C, C);
  private final Parameter gain = registry.normal("gain", 1, false, C);
  private final Parameter bias = registry.normal("bias", 1, false, C);
  private final Tensor value = drawn(N, C);
  private final Tensor downstream = drawn(N, C);

  /** Operations that accumulate, and operations that can only assign. */
  private final List<BiFunction<Tape, Variable, Variable>> consumers =
      List.of(
          (t, x) -> Linear.apply(t, x, weight, bias),
          Gelu::apply,
          (t, x) -> LayerNorm.apply(t, x, gain, bias),
          (t, x) -> Dropout.apply(t, x, 0.5f, 3),
          (t, x) -> Add.apply(t, x, x));

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

  /** The gradient of the shared input of these consumers, each handed the same gradient. */
  private double[] gradient(List<Integer> order) {
    Tape tape = Tape.recording(backend, arena);
    Variable x = tape.input(value);
    for (int consumer : order) {
      seed(tape, consumers.get(consumer).apply(tape, x));
    }
    tape.backward();
    double[] gradient = read(Tape.gradientOf(x));
    arena.reset();
    return gradient;
  }

  private void seed(Tape tape, Variable out) {
    tape.contribute(out, (accumulate, d) -> backend.copy(downstream, d));
  }

  @Test
  void theGradientsOfAllConsumersAddUpInWhateverOrderTheyRan() {
    double[] sum = new double[N * C];
    for (int consumer = 0; consumer < consumers.size(); consumer++) {
      double[] alone = gradient(List.of(consumer));
      for (int i = 0; i < sum.length; i++) {
        sum[i] += alone[i];
      }
    }
    int orders = 0;
    for (int code = 0; code < 3125; code++) {
      List<Integer> order =
          List.of(code % 5, code / 5 % 5, code / 25 % 5, code / 125 % 5, code / 625);
      if (order.stream().distinct().count() == 5) {
        assertThat(gradient(order)).as("order %s", order).containsExactly(sum, within(1e-12));
        orders++;
      }
    }
    assertThat(orders).isEqualTo(120);
  }

  @Test
  void anOperationThatOnlyAssignsAddsToWhatItsTwinLeft() {
    double[] once = gradient(List.of(1));
    double[] twice = gradient(List.of(1, 1));
    for (int i = 0; i < once.length; i++) {
      assertThat(twice[i]).isEqualTo(2 * once[i]);
    }
  }

  @Test
  void addSharesNoMemoryWithItsInputsNorBetweenTheirGradients() {
    Variable a = tape.input(value);
    Variable b = tape.input(drawn(N, C));
    Variable sum = Add.apply(tape, a, b);
    assertThat(sum.value().buffer()).isNotSameAs(a.value().buffer());
    assertThat(sum.value().buffer()).isNotSameAs(b.value().buffer());
    seed(tape, sum);
    tape.backward();
    assertThat(Tape.gradientOf(a).buffer()).isNotSameAs(Tape.gradientOf(b).buffer());
    assertThat(read(Tape.gradientOf(a))).isEqualTo(read(downstream));
    assertThat(read(Tape.gradientOf(b))).isEqualTo(read(downstream));
  }

  @Test
  void gradientsOfParametersAccumulateOverPasses() {
    var _ = gradient(List.of(0));
    double[] once = read(weight.requireGradient());
    var _ = gradient(List.of(0));
    double[] twice = read(weight.requireGradient());
    for (int i = 0; i < once.length; i++) {
      assertThat(twice[i]).isCloseTo(2 * once[i], within(1e-12));
    }
  }

  @Test
  void anOperationThatNoGradientReachesIsPassedOver() {
    Variable x = tape.input(value);
    tape.record(Gelu.apply(tape, x), () -> fail("ran without a gradient"));
    tape.backward();
    assertThat(x.gradient()).isNull();
  }

  @Test
  void memoryOfActivationsIsFreedWhileWalkingBack() {
    int layers = 20;
    Variable x = tape.input(value);
    for (int layer = 0; layer < layers; layer++) {
      x = Gelu.apply(tape, x);
    }
    seed(tape, x);
    tape.backward();
    // all values, the gradient that arrives, and the one that is being made
    assertThat(arena.bytes()).isEqualTo((layers + 2) * 4L * N * C);
  }

  @Test
  void aTapeThatDoesNotRecordKeepsNothingAndRefusesToWalkBack() {
    Tape forward = Tape.forwardOnly(backend, arena);
    Variable x = forward.input(value);
    assertThat(Dropout.apply(forward, x, 0.5f, 1)).isSameAs(x);
    Tensor targets = forward.take(DType.I32, N);
    backend.write(new int[] {0, 1, 2}, targets);
    var _ = LinearCrossEntropy.apply(forward, x, weight, bias, targets, 1);
    assertThat(x.gradient()).isNull();
    assertThat(read(weight.requireGradient())).containsOnly(0);
    assertThatThrownBy(forward::backward)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("did not record");
  }
}
