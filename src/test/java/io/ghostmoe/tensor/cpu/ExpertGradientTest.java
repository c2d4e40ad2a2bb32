package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Tensor;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Three tokens, two slots each, token 1 padding; expert 1 of three has no rows. */
class ExpertGradientTest {
  private static final int SLOTS = 6;

  private final Doubles doubles = new Doubles(14);
  private final ScalarBackend backend = doubles.backend();
  private final Tensor offsets = doubles.ints(new int[] {0, 1, 1, 4}, 4);
  private final Tensor slotOfRow = doubles.ints(new int[] {4, 0, 1, 5, -7, -7}, SLOTS);
  private final Tensor rowOfSlot = doubles.ints(new int[] {1, 2, -1, -1, 0, 3}, 3, 2);

  @Test
  void dispatchBackwardIsTheDerivativeOfDispatch() {
    Tensor x = doubles.drawn(3, 4);
    Tensor out = doubles.zeros(SLOTS, 4);
    Tensor dOut = doubles.drawn(SLOTS, 4);
    Tensor dX = doubles.output(3, 4);
    backend.dispatchBackward(dOut, rowOfSlot, false, dX);
    doubles.check(
        "x",
        x,
        dX,
        () -> {
          backend.dispatch(x, offsets, slotOfRow, out);
          return doubles.weighted(out, dOut);
        });
  }

  @Test
  void groupedLinearBackwardIsTheDerivativeOfGroupedLinear() {
    Tensor x = doubles.drawn(SLOTS, 4);
    List<Tensor> weights = each(() -> doubles.drawn(3, 4));
    List<Tensor> biases = each(() -> doubles.drawn(3));
    List<Tensor> dWeights = each(() -> doubles.zeros(3, 4));
    List<Tensor> dBiases = each(() -> doubles.zeros(3));
    Tensor out = doubles.zeros(SLOTS, 3);
    Tensor dOut = doubles.drawn(SLOTS, 3);
    Tensor dX = doubles.zeros(SLOTS, 4);
    backend.groupedLinearBackwardInput(dOut, offsets, weights, dX);
    backend.groupedLinearBackwardParameters(x, dOut, offsets, dWeights, dBiases);
    DoubleSupplier objective =
        () -> {
          backend.groupedLinear(x, offsets, weights, biases, out);
          return doubles.weighted(out, dOut);
        };
    doubles.check("x", x, dX, objective);
    doubles.checkEach("weights", weights, dWeights, objective);
    doubles.checkEach("biases", biases, dBiases, objective);
  }

  @Test
  void combineBackwardIsTheDerivativeOfCombine() {
    Tensor y = doubles.drawn(SLOTS, 4);
    Tensor gates = doubles.drawn(3, 2);
    Tensor out = doubles.output(3, 4);
    Tensor dOut = doubles.drawn(3, 4);
    Tensor dY = doubles.zeros(SLOTS, 4);
    Tensor dGates = doubles.output(3, 2);
    backend.combineBackward(y, gates, rowOfSlot, dOut, dY, dGates);
    DoubleSupplier objective =
        () -> {
          backend.combine(y, gates, rowOfSlot, out);
          return doubles.weighted(out, dOut);
        };
    doubles.check("y", y, dY, objective);
    doubles.check("gates", gates, dGates, objective);
  }

  private static List<Tensor> each(Supplier<Tensor> tensor) {
    return IntStream.range(0, 3).mapToObj(e -> tensor.get()).toList();
  }
}
