package io.ghostmoe.tensor;

import static io.ghostmoe.tensor.Parity.UNIT;
import static io.ghostmoe.tensor.Parity.roundings;

import io.ghostmoe.tensor.Parity.Operand;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The router's matrix, selection, the auxiliary losses and the balance bias. */
interface RouterParity {
  /** Scores are drawn up to this size. */
  float SPREAD = 4;

  /** A new backend; the test closes it. */
  Backend backend();

  /** Tokens N, k K and awake A. */
  private static List<int[]> sizes() {
    return List.of(
        new int[] {1, 1, 1},
        new int[] {7, 1, 7},
        new int[] {31, 7, 7},
        new int[] {1000, 2, 2},
        new int[] {1000, 1, 8},
        new int[] {1000, 2, 8},
        new int[] {33, 1, 31},
        new int[] {32, 3, 32},
        new int[] {127, 33, 33},
        new int[] {129, 8, 127},
        new int[] {129, 2, 129},
        new int[] {7, 4, 1000});
  }

  /**
   * The relative error of one softmax probability over A scores: a sum of exponentials whose
   * exponents are at most twice the spread and are rounded in both.
   */
  private static double probabilityError(int awake) {
    return UNIT * (roundings(awake) + 8 + 4 * SPREAD);
  }

  private static float[] scores(Draws draws, int count) {
    float[] values = draws.signed(count);
    for (int i = 0; i < count; i++) {
      values[i] *= SPREAD;
    }
    return values;
  }

  /** As many families as experts, or a third fewer as far as k remain; their numbers are any. */
  private static int[] families(Draws draws, boolean shared, int awake, int k) {
    int count = shared ? Math.max(k, awake - awake / 3) : awake;
    int[] places = draws.permutation(awake);
    int[] families = new int[awake];
    Arrays.setAll(families, e -> places[e] % count * 1_000_003 - 7);
    return families;
  }

  /** Of every size in (0, 1], two in three of them 1. */
  private static float[] activations(Draws draws, int awake) {
    float[] values = draws.signed(awake);
    for (int e = 0; e < awake; e++) {
      values[e] = values[e] > -0.33f ? 1 : 1 - Math.abs(values[e]);
    }
    return values;
  }

  @Test
  default void topKSelectsTheSameExpertsAndItsGradientFollows() {
    try (Parity parity = new Parity("topK, topKBackward", backend())) {
      for (int[] size : sizes()) {
        for (boolean shared : new boolean[] {false, true}) {
          parity.at("n=%d k=%d a=%d shared=%s".formatted(size[0], size[1], size[2], shared));
          checkTopK(parity, shared, size[0], size[1], size[2]);
        }
      }
    }
  }

  private static void checkTopK(Parity parity, boolean shared, int tokens, int k, int awake) {
    Draws draws = new Draws(tokens + awake);
    float[] upstream = draws.signed(tokens * k);
    Operand scores = parity.input(scores(draws, tokens * awake), tokens, awake);
    Operand bias = parity.input(draws.signed(awake), awake);
    Operand families = parity.integers(families(draws, shared, awake, k), awake);
    Operand activations = parity.input(activations(draws, awake), awake);
    Operand experts = parity.integerOutput(tokens, k);
    Operand gates = parity.output(tokens, k);
    Operand dGates = parity.input(upstream, tokens, k);
    Operand dScores = parity.output(tokens, awake);
    parity.run(
        side -> {
          Backend backend = side.backend();
          Tensor z = side.of(scores);
          backend.topK(
              z,
              side.of(bias),
              side.of(families),
              side.of(activations),
              side.of(experts),
              side.of(gates));
          backend.topKBackward(
              z,
              side.of(activations),
              side.of(experts),
              side.of(gates),
              side.of(dGates),
              side.of(dScores));
        });
    parity.same(experts);
    double[] gate = parity.exact(gates);
    double relative = probabilityError(awake);
    parity.within(gates, i -> gate[i] * relative);
    double[] slope = parity.exact(dScores);
    // dScores_e = g_e·(dg_e − Σ g·dg) and dg < 1, so its terms are at most 2·g_e; for K = 1 they
    // are g·(δ_e + p_e), where g·p_e is the slope itself for all but the selected
    parity.within(
        dScores,
        i -> {
          double terms =
              k == 1 ? gate[i / awake] + Math.abs(slope[i]) : 2 * largestGate(gate, i / awake, k);
          return terms * (3 * relative + roundings(k + 2) * UNIT);
        });
  }

  private static double largestGate(double[] gates, int token, int k) {
    double largest = 0;
    for (int i = token * k; i < (token + 1) * k; i++) {
      largest = Math.max(largest, gates[i]);
    }
    return largest;
  }

  @Test
  default void equalScoresGoToTheLowestIndex() {
    try (Parity parity = new Parity("topK with ties", backend())) {
      for (int[] size : sizes()) {
        parity.at("n=%d k=%d a=%d".formatted(size[0], size[1], size[2]));
        int tokens = size[0];
        int awake = size[2];
        float[] coarse = new float[tokens * awake];
        Draws draws = new Draws(awake);
        int[] levels = draws.below(3, coarse.length);
        for (int i = 0; i < coarse.length; i++) {
          coarse[i] = levels[i] - 1;
        }
        Operand scores = parity.input(coarse, tokens, awake);
        Operand bias = parity.input(new float[awake], awake);
        Operand families = parity.integers(families(draws, true, awake, size[1]), awake);
        Operand activations = parity.input(activations(draws, awake), awake);
        Operand experts = parity.integerOutput(tokens, size[1]);
        Operand gates = parity.output(tokens, size[1]);
        parity.run(
            side ->
                side.backend()
                    .topK(
                        side.of(scores),
                        side.of(bias),
                        side.of(families),
                        side.of(activations),
                        side.of(experts),
                        side.of(gates)));
        parity.same(experts);
      }
    }
  }

  @Test
  default void marginsAreWhatSelectionGoesBy() {
    try (Parity parity = new Parity("routerMargins", backend())) {
      for (int[] size : sizes()) {
        for (boolean shared : new boolean[] {false, true}) {
          parity.at("n=%d k=%d a=%d shared=%s".formatted(size[0], size[1], size[2], shared));
          checkMargins(parity, shared, size[0], size[1], size[2]);
        }
      }
    }
  }

  private static void checkMargins(Parity parity, boolean shared, int tokens, int k, int awake) {
    Draws draws = new Draws(tokens + awake);
    int expert = draws.below(awake, 1)[0];
    float[] steered = draws.signed(awake);
    steered[expert] = Float.NaN;
    int[] padded = draws.below(5, tokens);
    Arrays.setAll(padded, n -> padded[n] - 1);
    Operand scores = parity.input(scores(draws, tokens * awake), tokens, awake);
    Operand bias = parity.input(steered, awake);
    Operand families = parity.integers(families(draws, shared, awake, k), awake);
    Operand segments = parity.integers(padded, tokens);
    Operand margins = parity.output(tokens);
    parity.run(
        side ->
            side.backend()
                .routerMargins(
                    side.of(scores),
                    side.of(bias),
                    side.of(families),
                    side.of(segments),
                    expert,
                    k,
                    side.of(margins)));
    double[] exact = parity.exact(margins);
    // a difference of numbers in single precision, rounded once
    parity.withinOrAlike(margins, i -> UNIT * Math.abs(exact[i]));
  }

  @Test
  default void aMatrixIsItsRowsAndTheirGradientsAddUp() {
    try (Parity parity = new Parity("stackRows, unstackRows", backend())) {
      for (int[] size : AwkwardSizes.pairs()) {
        parity.at("a=%d c=%d".formatted(size[0], size[1]));
        Draws draws = new Draws(size[0]);
        List<Operand> rows = rows(parity, draws, size[0], size[1]);
        List<Operand> dRows = rows(parity, draws, size[0], size[1]);
        Operand out = parity.output(size[0], size[1]);
        Operand dOut = parity.input(draws.signed(size[0] * size[1]), size[0], size[1]);
        parity.run(
            side -> {
              side.backend().stackRows(side.of(rows), side.of(out));
              side.backend().unstackRows(side.of(dOut), side.of(dRows));
            });
        parity.within(out, 0);
        dRows.forEach(row -> parity.within(row, 1));
      }
    }
  }

  private static List<Operand> rows(Parity parity, Draws draws, int count, int width) {
    return IntStream.range(0, count)
        .mapToObj(e -> parity.input(draws.signed(width), width))
        .toList();
  }

  @Test
  default void routerLossesLeavePaddingOut() {
    try (Parity parity = new Parity("routerLosses", backend())) {
      for (int[] size : sizes()) {
        parity.at("n=%d k=%d a=%d".formatted(size[0], size[1], size[2]));
        checkLosses(parity, Routing.draw(size[2], size[0], size[1], size[2]));
      }
    }
  }

  private static void checkLosses(Parity parity, Routing routing) {
    int tokens = routing.tokens;
    int awake = routing.awake;
    Draws draws = new Draws(tokens);
    Operand scores = parity.input(scores(draws, tokens * awake), tokens, awake);
    Operand offsets = parity.integers(routing.offsets, awake + 1);
    Operand segments = parity.integers(routing.segments, tokens);
    Operand losses = parity.output(2);
    Operand dScores = parity.gradient(true, draws, tokens, awake);
    float balanceWeight = 0.7f;
    float zWeight = 0.3f;
    parity.run(
        side -> {
          Backend backend = side.backend();
          Tensor z = side.of(scores);
          Tensor cuts = side.of(segments);
          backend.routerLosses(z, side.of(offsets), cuts, side.of(losses));
          backend.routerLossesBackward(
              z, side.of(offsets), cuts, balanceWeight, zWeight, side.of(dScores));
        });
    double[] exact = parity.exact(losses);
    double relative = probabilityError(awake);
    double sumError = relative + UNIT * (SPREAD + Math.log(awake));
    double largestSum = SPREAD + Math.log(awake);
    parity.within(
        losses,
        i ->
            i == 0
                ? exact[0] * (relative + roundings(awake + tokens) * UNIT)
                : 2 * largestSum * sumError + exact[1] * roundings(tokens) * UNIT);
    // p ≤ 1, f ≤ 1; what was there before is below 1
    int counted = (int) Arrays.stream(routing.segments).filter(s -> s != -1).count();
    double terms = (balanceWeight * awake * 2 + zWeight * 2 * largestSum) / Math.max(1, counted);
    parity.within(
        dScores, i -> terms * (2 * relative + sumError + roundings(awake) * UNIT) + 2 * UNIT);
  }

  @Test
  default void balanceBiasMovesByTheRateAndIsCentred() {
    try (Parity parity = new Parity("updateBalanceBias", backend())) {
      for (int awake : AwkwardSizes.ALL) {
        parity.at("a=%d".formatted(awake));
        Draws draws = new Draws(awake);
        int[] drawn = draws.below(100, awake);
        drawn[0] = 50; // never none at all
        float[] shares = new float[awake];
        Arrays.fill(shares, 1f / awake);
        Operand counts = parity.integers(drawn, awake);
        Operand targets = parity.input(shares, awake);
        float[] steps = draws.signed(awake);
        for (int e = 0; e < awake; e++) {
          steps[e] = Math.max(0, 0.01f * steps[e]); // about every other stays
        }
        Operand rates = parity.input(steps, awake);
        Operand bias = parity.input(draws.signed(awake), awake);
        parity.run(
            side ->
                side.backend()
                    .updateBalanceBias(
                        side.of(counts), side.of(targets), side.of(rates), side.of(bias)));
        // a bias and the mean of all, both at most 1 + rate
        parity.within(bias, i -> roundings(awake) * UNIT * 2.02);
      }
    }
  }
}
