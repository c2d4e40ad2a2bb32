package io.ghostmoe.tensor;

import io.ghostmoe.tensor.Parity.Operand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is measured in a step: summed in double everywhere, and rounded once. */
interface StatisticsParity {
  /** The store, and what n terms summed in double add: n·2^−53, below .001·2^−24 here. */
  double ONE = 1.001;

  /** A new backend; the test closes it. */
  Backend backend();

  @Test
  default void normsAreOneForEachGroup() {
    try (Parity parity = new Parity("norms", backend())) {
      Draws draws = new Draws(2);
      List<List<Operand>> groups = new ArrayList<>();
      groups.add(List.of());
      for (int size : AwkwardSizes.ALL) {
        parity.at("%d groups".formatted(groups.size() + 1));
        groups.add(
            List.of(
                parity.input(draws.signed(size * 33), size, 33),
                parity.input(new float[0], 0),
                parity.input(draws.signed(size), size)));
        Operand out = parity.output(groups.size());
        parity.run(
            side -> side.backend().norms(groups.stream().map(side::of).toList(), side.of(out)));
        parity.within(out, ONE);
      }
    }
  }

  @Test
  default void utilityIsOverEachExpertsOwnRows() {
    try (Parity parity = new Parity("expertUtility", backend())) {
      ExpertParity.forAll(
          parity,
          (routing, width, _, draws) -> {
            ExpertParity.Sorted sorted = ExpertParity.Sorted.of(parity, routing);
            int slots = routing.slots();
            Operand y = parity.input(routing.rowValues(draws, width), slots, width);
            Operand gates = parity.input(draws.signed(slots), routing.tokens, routing.k);
            Operand utility = parity.output(routing.awake);
            parity.run(
                side ->
                    side.backend()
                        .expertUtility(
                            side.of(y),
                            side.of(gates),
                            side.of(sorted.offsets()),
                            side.of(sorted.slotOfRow()),
                            side.of(utility)));
            parity.within(utility, ONE);
          });
    }
  }

  @Test
  default void sumsAreOverEachExpertsOwnRows() {
    try (Parity parity = new Parity("expertSums", backend())) {
      ExpertParity.forAll(
          parity,
          (routing, first, second, draws) -> {
            for (int width : new int[] {first, second, 300}) {
              ExpertParity.Sorted sorted = ExpertParity.Sorted.of(parity, routing);
              Operand y = parity.input(routing.rowValues(draws, width), routing.slots(), width);
              Operand sums = parity.output(routing.awake, width);
              parity.run(
                  side ->
                      side.backend()
                          .expertSums(side.of(y), side.of(sorted.offsets()), side.of(sums)));
              parity.within(sums, ONE);
            }
          });
    }
  }

  @Test
  default void alignmentLeavesPaddingOut() {
    try (Parity parity = new Parity("alignment", backend())) {
      for (int[] size : AwkwardSizes.pairs()) {
        int tokens = size[0];
        int width = size[1];
        parity.at("n=%d c=%d".formatted(tokens, width));
        Draws draws = new Draws(tokens);
        int[] cuts = draws.below(7, tokens);
        Arrays.setAll(cuts, n -> cuts[n] - 1);
        Operand x = parity.input(withoutPadding(draws, cuts, width), tokens, width);
        Operand y = parity.input(withoutPadding(draws, cuts, width), tokens, width);
        Operand segments = parity.integers(cuts, tokens);
        Operand out = parity.output(3);
        parity.run(
            side ->
                side.backend().alignment(side.of(x), side.of(y), side.of(segments), side.of(out)));
        parity.within(out, ONE);
      }
    }
  }

  /** Draws for [N, width], NaN in the rows of padding. */
  private static float[] withoutPadding(Draws draws, int[] segments, int width) {
    float[] values = draws.signed(segments.length * width);
    for (int n = 0; n < segments.length; n++) {
      if (segments[n] == -1) {
        Arrays.fill(values, n * width, (n + 1) * width, Float.NaN);
      }
    }
    return values;
  }
}
