package io.ghostmoe.tensor;

import static io.ghostmoe.tensor.Parity.UNIT;
import static io.ghostmoe.tensor.Parity.roundings;

import io.ghostmoe.tensor.Parity.Operand;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The fused head and cross-entropy; the bounds carry the error of a logit through the softmax. */
interface LossParity {
  /** A new backend; the test closes it. */
  Backend backend();

  /**
   * Rows N, width C, vocabulary V, and by how many hundredths the bias rises from one id to the
   * next: the greatest logit so far is then always about to be exceeded.
   */
  private static List<int[]> sizes() {
    return List.of(
        new int[] {1, 1, 1, 0},
        new int[] {1, 7, 31, 0},
        new int[] {7, 1, 33, 0},
        new int[] {31, 33, 7, 0},
        new int[] {32, 127, 129, 0},
        new int[] {33, 32, 1000, 0},
        new int[] {127, 31, 127, 0},
        new int[] {129, 7, 1000, 0},
        new int[] {1000, 31, 32, 0},
        new int[] {1000, 4, 129, 0},
        new int[] {7, 129, 1, 0},
        new int[] {5, 1000, 130, 0},
        new int[] {13, 16, 8193, 0},
        new int[] {13, 16, 8193, 5});
  }

  /** Operands of one case and the errors that follow from their sizes. */
  record Case(
      Operand x,
      Operand weight,
      Operand bias,
      Operand targets,
      double logitError,
      double probabilityError) {
    static Case of(Parity parity, Draws draws, int[] size) {
      int rows = size[0];
      int width = size[1];
      int vocabulary = size[2];
      float rise = size[3] / 100f;
      int[] targets = draws.below(vocabulary, rows);
      for (int n = 0; n < rows; n += 5) {
        targets[rows - 1 - n] = -1;
      }
      // logits of several units, so that probabilities differ
      float[] x = draws.signed(rows * width);
      for (int i = 0; i < x.length; i++) {
        x[i] *= 6 / (float) Math.sqrt(width);
      }
      float[] bias = draws.signed(vocabulary);
      for (int v = 0; v < vocabulary; v++) {
        bias[v] += rise * v;
      }
      double terms = 6 * Math.sqrt(width) + 1 + rise * vocabulary;
      double logit = roundings(width) * UNIT * terms;
      return new Case(
          parity.input(x, rows, width),
          parity.input(draws.signed(vocabulary * width), vocabulary, width),
          parity.input(bias, vocabulary),
          parity.integers(targets, rows),
          logit,
          2 * logit + (roundings(vocabulary) + 8 + 4 * terms) * UNIT);
    }
  }

  @Test
  default void lossOfEveryRow() {
    try (Parity parity = new Parity("linearCrossEntropy", backend())) {
      for (int[] size : sizes()) {
        parity.at("n=%d c=%d v=%d rise=%d".formatted(size[0], size[1], size[2], size[3]));
        Case c = Case.of(parity, new Draws(size[2]), size);
        Operand losses = parity.output(size[0]);
        parity.run(
            side ->
                side.backend()
                    .linearCrossEntropy(
                        side.of(c.x()),
                        side.of(c.weight()),
                        side.of(c.bias()),
                        side.of(c.targets()),
                        side.of(losses)));
        parity.within(losses, n -> 2 * c.logitError() + c.probabilityError());
      }
    }
  }

  @Test
  default void lossAndGradientsInOne() {
    try (Parity parity = new Parity("linearCrossEntropyGradients", backend())) {
      for (int[] size : sizes()) {
        parity.at("n=%d c=%d v=%d rise=%d".formatted(size[0], size[1], size[2], size[3]));
        checkGradients(parity, size);
      }
    }
  }

  private static void checkGradients(Parity parity, int[] size) {
    int rows = size[0];
    int width = size[1];
    int vocabulary = size[2];
    Draws draws = new Draws(vocabulary);
    Case c = Case.of(parity, draws, size);
    float scale = 1f / rows;
    Operand losses = parity.output(rows);
    Operand dX = parity.output(rows, width);
    Operand dWeight = parity.gradient(true, draws, vocabulary, width);
    Operand dBias = parity.gradient(true, draws, vocabulary);
    double[] before = parity.exact(dBias);
    parity.run(
        side ->
            side.backend()
                .linearCrossEntropyGradients(
                    side.of(c.x()),
                    side.of(c.weight()),
                    side.of(c.bias()),
                    side.of(c.targets()),
                    scale,
                    side.of(losses),
                    side.of(dX),
                    side.of(dWeight),
                    side.of(dBias)));
    parity.within(losses, n -> 2 * c.logitError() + c.probabilityError());
    // Σ_v (p_v + 1[v = target])·|w| ≤ 2
    double rowError = c.probabilityError() + roundings(vocabulary) * UNIT;
    parity.within(dX, i -> 2 * scale * rowError);
    // scale·Σ_n (p_v + 1[v = target]) is the bias's own gradient plus twice the targets' share
    double[] after = parity.exact(dBias);
    double[] column = new double[vocabulary];
    Arrays.setAll(column, v -> after[v] - before[v]);
    for (int target : parity.integers(c.targets())) {
      if (target != -1) {
        column[target] += 2 * scale;
      }
    }
    double columnError = c.probabilityError() + roundings(rows) * UNIT;
    double largestX = 6 / Math.sqrt(width);
    // what was there before is at most 1
    parity.within(dBias, v -> columnError * column[v] + roundings(rows) * UNIT);
    parity.within(
        dWeight, i -> columnError * column[i / width] * largestX + roundings(rows) * UNIT);
  }
}
