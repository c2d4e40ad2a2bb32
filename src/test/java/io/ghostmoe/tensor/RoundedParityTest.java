package io.ghostmoe.tensor;

import static io.ghostmoe.tensor.Parity.UNIT;
import static io.ghostmoe.tensor.Parity.roundings;

import io.ghostmoe.tensor.Parity.Operand;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Products whose inputs a backend rounds to bfloat16 and sums in single precision: each factor is
 * wrong by 2^−9 of itself at most. A subclass only says which backend.
 */
public abstract class RoundedParityTest {
  /** Two factors' error, and their product's, in roundings of single precision. */
  private static final double ROUNDED = 2.01 * 0x1p-9 / UNIT;

  /** A new backend that rounds; the test closes it. */
  protected abstract Backend backend();

  /** Rows N, inputs I and outputs O, around the tiles and below what is rounded. */
  private static List<int[]> sizes() {
    return List.of(
        new int[] {64, 64, 64},
        new int[] {129, 127, 65},
        new int[] {65, 600, 130},
        new int[] {600, 64, 131},
        new int[] {130, 132, 516},
        new int[] {63, 100, 100},
        new int[] {7, 33, 129});
  }

  @Test
  void linearAndItsGradients() {
    try (Parity parity = new Parity("linear, rounded", backend())) {
      for (int[] size : sizes()) {
        parity.at("n=%d i=%d o=%d".formatted(size[0], size[1], size[2]));
        checkLinear(parity, size[0], size[1], size[2]);
      }
    }
  }

  private static void checkLinear(Parity parity, int rows, int inputs, int outputs) {
    Draws draws = new Draws(rows);
    Operand x = parity.input(draws.signed(rows * inputs), rows, inputs);
    Operand weight = parity.input(draws.signed(outputs * inputs), outputs, inputs);
    Operand bias = parity.input(draws.signed(outputs), outputs);
    Operand dOut = parity.input(draws.signed(rows * outputs), rows, outputs);
    Operand out = parity.output(rows, outputs);
    Operand dX = parity.gradient(true, draws, rows, inputs);
    Operand dWeight = parity.gradient(true, draws, outputs, inputs);
    Operand dBias = parity.gradient(true, draws, outputs);
    parity.run(
        side -> {
          Backend backend = side.backend();
          backend.linear(side.of(x), side.of(weight), side.of(bias), side.of(out));
          backend.linearBackwardInput(side.of(dOut), side.of(weight), true, side.of(dX));
          backend.linearBackwardParameters(
              side.of(x), side.of(dOut), side.of(dWeight), side.of(dBias));
        });
    parity.within(out, ROUNDED + roundings(inputs));
    parity.within(dX, ROUNDED + roundings(outputs));
    parity.within(dWeight, ROUNDED + roundings(rows));
    parity.within(dBias, roundings(rows));
  }

  @Test
  void groupedLinearAndItsGradients() {
    try (Parity parity = new Parity("groupedLinear, rounded", backend())) {
      checkGrouped(parity, Routing.draw(1, 200, 2, 4), 66, 130);
      checkGrouped(parity, Routing.draw(2, 300, 1, 7), 128, 64);
      checkGrouped(parity, Routing.draw(3, 40, 3, 5), 65, 67);
    }
  }

  private static void checkGrouped(Parity parity, Routing routing, int inputs, int outputs) {
    parity.at("%s i=%d o=%d".formatted(routing, inputs, outputs));
    Draws draws = new Draws(inputs);
    int slots = routing.slots();
    Operand offsets = parity.integers(routing.offsets, routing.awake + 1);
    Operand x = parity.input(routing.rowValues(draws, inputs), slots, inputs);
    Operand dOut = parity.input(routing.rowValues(draws, outputs), slots, outputs);
    List<Operand> weights = experts(parity, routing, draws, outputs, inputs);
    List<Operand> biases = experts(parity, routing, draws, outputs);
    List<Operand> dWeights = experts(parity, routing, draws, outputs, inputs);
    List<Operand> dBiases = experts(parity, routing, draws, outputs);
    Operand out = parity.output(slots, outputs);
    Operand dX = parity.output(slots, inputs);
    parity.run(
        side -> {
          Backend backend = side.backend();
          Tensor cuts = side.of(offsets);
          List<Tensor> w = side.of(weights);
          backend.groupedLinear(side.of(x), cuts, w, side.of(biases), side.of(out));
          backend.groupedLinearBackwardInput(side.of(dOut), cuts, w, side.of(dX));
          backend.groupedLinearBackwardParameters(
              side.of(x), side.of(dOut), cuts, side.of(dWeights), side.of(dBiases));
        });
    parity.withinRows(out, routing.rows(), ROUNDED + roundings(inputs));
    parity.withinRows(dX, routing.rows(), ROUNDED + roundings(outputs));
    for (int e = 0; e < routing.awake; e++) {
      int rows = routing.offsets[e + 1] - routing.offsets[e];
      parity.within(dWeights.get(e), ROUNDED + roundings(rows));
      parity.within(dBiases.get(e), roundings(rows));
    }
  }

  private static List<Operand> experts(Parity parity, Routing routing, Draws draws, int... dims) {
    int elements = Shape.of(dims).elements();
    return IntStream.range(0, routing.awake)
        .mapToObj(e -> parity.input(draws.signed(elements), dims))
        .toList();
  }

  @Test
  void lossAndItsGradients() {
    try (Parity parity = new Parity("linearCrossEntropyGradients, rounded", backend())) {
      checkLoss(parity, 130, 64, 300);
      checkLoss(parity, 64, 70, 65);
    }
  }

  private static void checkLoss(Parity parity, int rows, int width, int vocabulary) {
    parity.at("n=%d c=%d v=%d".formatted(rows, width, vocabulary));
    Draws draws = new Draws(vocabulary);
    float largestX = 1 / (float) Math.sqrt(width);
    float[] values = draws.signed(rows * width);
    for (int i = 0; i < values.length; i++) {
      values[i] *= largestX;
    }
    float scale = 1f / rows;
    int[] ids = draws.below(vocabulary, rows);
    ids[rows / 2] = -1;
    Operand x = parity.input(values, rows, width);
    Operand weight = parity.input(draws.signed(vocabulary * width), vocabulary, width);
    Operand bias = parity.input(draws.signed(vocabulary), vocabulary);
    Operand targets = parity.integers(ids, rows);
    Operand losses = parity.output(rows);
    Operand dX = parity.output(rows, width);
    Operand dWeight = parity.gradient(true, draws, vocabulary, width);
    Operand dBias = parity.gradient(true, draws, vocabulary);
    double[] before = parity.exact(dBias);
    parity.run(
        side ->
            side.backend()
                .linearCrossEntropyGradients(
                    side.of(x),
                    side.of(weight),
                    side.of(bias),
                    side.of(targets),
                    scale,
                    side.of(losses),
                    side.of(dX),
                    side.of(dWeight),
                    side.of(dBias)));
    // a logit's products are of numbers below largestX and 1
    double logit = ROUNDED * UNIT * width * largestX;
    double probability = Math.expm1(2 * logit) + roundings(vocabulary) * UNIT;
    parity.within(losses, n -> 2 * logit + roundings(vocabulary) * UNIT);
    parity.within(dX, i -> scale * (probability + 2 * ROUNDED * UNIT));
    // scale·Σ_n (p_v + 1[v = target]): the bias's own gradient and twice the targets' share
    double[] after = parity.exact(dBias);
    double[] column = new double[vocabulary];
    for (int v = 0; v < vocabulary; v++) {
      column[v] = after[v] - before[v];
    }
    for (int id : ids) {
      if (id != -1) {
        column[id] += 2 * scale;
      }
    }
    double one = roundings(rows) * UNIT;
    parity.within(dBias, v -> probability * column[v] + one);
    double slope = (probability + ROUNDED * UNIT) * largestX;
    parity.within(dWeight, i -> slope * column[i / width] + one);
  }
}
