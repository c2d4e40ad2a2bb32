package io.ghostmoe.tensor;

import static io.ghostmoe.tensor.Parity.roundings;

import io.ghostmoe.tensor.Parity.Operand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The way to the experts and back; rows that no expert owns hold NaN and must not be read. */
interface ExpertParity {
  /** A new backend; the test closes it. */
  Backend backend();

  /** Routings of tokens N, k K and awake A. */
  private static List<Routing> routings() {
    int[][] sizes = {
      {1, 1, 1},
      {7, 1, 1},
      {1, 1, 7},
      {7, 7, 7},
      {31, 2, 7},
      {32, 1, 31},
      {33, 2, 32},
      {33, 33, 33},
      {127, 3, 33},
      {129, 2, 4},
      {129, 1, 129},
      {1000, 2, 8},
      {1000, 1, 2}
    };
    List<Routing> routings = new ArrayList<>();
    for (int[] size : sizes) {
      routings.add(Routing.draw(size[0], size[0], size[1], size[2]));
    }
    int[] allPadding = new int[9];
    Arrays.fill(allPadding, -1);
    routings.add(Routing.sorted(9, 2, 3, allPadding, new Draws(1).below(3, 18)));
    return routings;
  }

  /** The widths at which routing number {@code i} is tried. */
  private static int[] widths(int i) {
    int[] sizes = {1, 7, 31, 32, 33, 127, 129};
    return new int[] {sizes[i % sizes.length], sizes[(i + 4) % sizes.length]};
  }

  /** The integers of a routing, on all sides. */
  record Sorted(Operand offsets, Operand slotOfRow, Operand rowOfSlot) {
    static Sorted of(Parity parity, Routing routing) {
      return new Sorted(
          parity.integers(routing.offsets, routing.awake + 1),
          parity.integers(routing.slotOfRow, routing.slots()),
          parity.integers(routing.rowOfSlot, routing.tokens, routing.k));
    }
  }

  /** One routing at one pair of widths. */
  @FunctionalInterface
  interface Check {
    void run(Routing routing, int inputs, int outputs, Draws draws);
  }

  /** Every routing, each at widths of its own. */
  static void forAll(Parity parity, Check check) {
    List<Routing> routings = routings();
    for (int i = 0; i < routings.size(); i++) {
      int[] widths = widths(i);
      parity.at("%s i=%d o=%d".formatted(routings.get(i), widths[0], widths[1]));
      check.run(routings.get(i), widths[0], widths[1], new Draws(100 + i));
    }
  }

  @Test
  default void sortByExpertIsExact() {
    try (Parity parity = new Parity("sortByExpert", backend())) {
      forAll(
          parity,
          (routing, inputs, outputs, draws) -> {
            int slots = routing.slots();
            Operand experts = parity.integers(routing.experts, routing.tokens, routing.k);
            Operand segments = parity.integers(routing.segments, routing.tokens);
            Operand offsets = parity.integerOutput(routing.awake + 1);
            Operand slotOfRow = parity.integerOutput(slots);
            Operand rowOfSlot = parity.integerOutput(routing.tokens, routing.k);
            parity.run(
                side ->
                    side.backend()
                        .sortByExpert(
                            side.of(experts),
                            side.of(segments),
                            side.of(offsets),
                            side.of(slotOfRow),
                            side.of(rowOfSlot)));
            parity.same(offsets);
            parity.sameUpTo(slotOfRow, routing.rows());
            parity.same(rowOfSlot);
          });
    }
  }

  @Test
  default void dispatchCopiesAndItsGradientSums() {
    try (Parity parity = new Parity("dispatch, dispatchBackward", backend())) {
      forAll(
          parity,
          (routing, width, _, draws) -> {
            Sorted sorted = Sorted.of(parity, routing);
            int tokens = routing.tokens;
            int slots = routing.slots();
            Operand x = parity.input(draws.signed(tokens * width), tokens, width);
            Operand out = parity.output(slots, width);
            Operand dOut = parity.input(routing.rowValues(draws, width), slots, width);
            Operand dX = parity.output(tokens, width);
            Operand dXMore = parity.gradient(true, draws, tokens, width);
            parity.run(
                side -> {
                  Backend backend = side.backend();
                  Tensor rows = side.of(sorted.rowOfSlot());
                  backend.dispatch(
                      side.of(x),
                      side.of(sorted.offsets()),
                      side.of(sorted.slotOfRow()),
                      side.of(out));
                  backend.dispatchBackward(side.of(dOut), rows, false, side.of(dX));
                  backend.dispatchBackward(side.of(dOut), rows, true, side.of(dXMore));
                });
            parity.withinRows(out, routing.rows(), 0);
            parity.within(dX, roundings(routing.k));
            parity.within(dXMore, roundings(routing.k));
          });
    }
  }

  @Test
  default void groupedLinearReadsEachExpertsRowsOnly() {
    try (Parity parity = new Parity("groupedLinear", backend())) {
      forAll(
          parity,
          (routing, inputs, outputs, draws) -> {
            Sorted sorted = Sorted.of(parity, routing);
            int slots = routing.slots();
            Operand x = parity.input(routing.rowValues(draws, inputs), slots, inputs);
            List<Operand> weights = experts(parity, routing, draws, outputs, inputs);
            List<Operand> biases = experts(parity, routing, draws, outputs);
            Operand out = parity.output(slots, outputs);
            parity.run(
                side ->
                    side.backend()
                        .groupedLinear(
                            side.of(x),
                            side.of(sorted.offsets()),
                            side.of(weights),
                            side.of(biases),
                            side.of(out)));
            parity.withinRows(out, routing.rows(), roundings(inputs));
          });
    }
  }

  @Test
  default void groupedLinearBackwardReadsEachExpertsRowsOnly() {
    try (Parity parity = new Parity("groupedLinearBackward", backend())) {
      forAll(
          parity,
          (routing, inputs, outputs, draws) -> {
            Sorted sorted = Sorted.of(parity, routing);
            int slots = routing.slots();
            Operand x = parity.input(routing.rowValues(draws, inputs), slots, inputs);
            Operand dOut = parity.input(routing.rowValues(draws, outputs), slots, outputs);
            List<Operand> weights = experts(parity, routing, draws, outputs, inputs);
            List<Operand> dWeights = experts(parity, routing, draws, outputs, inputs);
            List<Operand> dBiases = experts(parity, routing, draws, outputs);
            Operand dX = parity.output(slots, inputs);
            parity.run(
                side -> {
                  Backend backend = side.backend();
                  Tensor offsets = side.of(sorted.offsets());
                  backend.groupedLinearBackwardInput(
                      side.of(dOut), offsets, side.of(weights), side.of(dX));
                  backend.groupedLinearBackwardParameters(
                      side.of(x), side.of(dOut), offsets, side.of(dWeights), side.of(dBiases));
                });
            parity.withinRows(dX, routing.rows(), roundings(outputs));
            for (int e = 0; e < routing.awake; e++) {
              int rows = routing.offsets[e + 1] - routing.offsets[e];
              parity.within(dWeights.get(e), roundings(rows));
              parity.within(dBiases.get(e), roundings(rows));
            }
          });
    }
  }

  private static List<Operand> experts(Parity parity, Routing routing, Draws draws, int... dims) {
    int elements = Shape.of(dims).elements();
    return IntStream.range(0, routing.awake)
        .mapToObj(e -> parity.input(draws.signed(elements), dims))
        .toList();
  }

  @Test
  default void combineWeighsAndItsGradientReachesRowsAndGates() {
    try (Parity parity = new Parity("combine, combineBackward", backend())) {
      forAll(
          parity,
          (routing, width, _, draws) -> {
            Sorted sorted = Sorted.of(parity, routing);
            int tokens = routing.tokens;
            int slots = routing.slots();
            Operand y = parity.input(routing.rowValues(draws, width), slots, width);
            Operand gates = parity.input(draws.signed(slots), tokens, routing.k);
            Operand out = parity.output(tokens, width);
            Operand dOut = parity.input(draws.signed(tokens * width), tokens, width);
            Operand dY = parity.output(slots, width);
            Operand dGates = parity.output(tokens, routing.k);
            parity.run(
                side -> {
                  Backend backend = side.backend();
                  Tensor rows = side.of(sorted.rowOfSlot());
                  backend.combine(side.of(y), side.of(gates), rows, side.of(out));
                  backend.combineBackward(
                      side.of(y),
                      side.of(gates),
                      rows,
                      side.of(dOut),
                      side.of(dY),
                      side.of(dGates));
                });
            parity.within(out, roundings(routing.k));
            parity.withinRows(dY, routing.rows(), 1);
            parity.within(dGates, roundings(width));
          });
    }
  }
}
