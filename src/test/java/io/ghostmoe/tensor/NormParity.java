package io.ghostmoe.tensor;

import static io.ghostmoe.tensor.Parity.UNIT;
import static io.ghostmoe.tensor.Parity.roundings;

import io.ghostmoe.tensor.Parity.Operand;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Layer normalisation; the bounds follow a relative error from the sums into the output. */
interface NormParity {
  /** What a mean far from 0 costs is part of the bound; the shift makes that part visible. */
  List<Float> SHIFTS = List.of(0f, 3f);

  float EPSILON = 1e-5f;

  /** A new backend; the test closes it. */
  Backend backend();

  @Test
  default void layerNormOnCentredAndShiftedRows() {
    try (Parity parity = new Parity("layerNorm", backend())) {
      for (int[] size : AwkwardSizes.pairs()) {
        for (float shift : SHIFTS) {
          checkForward(
              parity.at("n=%d c=%d shift=%s".formatted(size[0], size[1], shift)), size, shift);
        }
      }
    }
  }

  private static void checkForward(Parity parity, int[] size, float shift) {
    int rows = size[0];
    int width = size[1];
    Draws draws = new Draws(rows + width);
    Operand x = parity.input(shifted(draws.signed(rows * width), shift), rows, width);
    Operand gain = parity.input(draws.signed(width), width);
    Operand bias = parity.input(draws.signed(width), width);
    Operand out = parity.output(rows, width);
    Operand mean = parity.output(rows);
    Operand rstd = parity.output(rows);
    parity.run(
        side ->
            side.backend()
                .layerNorm(
                    side.of(x),
                    side.of(gain),
                    side.of(bias),
                    EPSILON,
                    side.of(out),
                    side.of(mean),
                    side.of(rstd)));
    double[] scale = parity.exact(rstd);
    double[] center = parity.exact(mean);
    double[] values = parity.exact(x);
    double[] gains = parity.exact(gain);
    double[] biases = parity.exact(bias);
    // an element without its mean is wrong by the rounding of sums of |x| ≤ 1 + shift
    double centring = roundings(width) * UNIT * (1 + shift);
    parity.within(mean, n -> centring);
    parity.within(rstd, n -> scale[n] * relativeScaleError(width, centring, scale[n]));
    parity.within(
        out,
        i -> {
          int n = i / width;
          double normal = Math.abs(values[i] - center[n]) * scale[n];
          double error =
              centring * scale[n] + normal * relativeScaleError(width, centring, scale[n]);
          double terms = Math.abs(gains[i % width]) * normal + Math.abs(biases[i % width]);
          return Math.abs(gains[i % width]) * error + 3 * UNIT * terms;
        });
  }

  /** Half the relative error of the variance, whose deviations are wrong by {@code centring}. */
  private static double relativeScaleError(int width, double centring, double scale) {
    double relative = centring * scale;
    return relative + relative * relative + roundings(width) * UNIT;
  }

  @Test
  default void layerNormBackwardAssignsOrAccumulates() {
    try (Parity parity = new Parity("layerNormBackward", backend())) {
      for (int[] size : AwkwardSizes.pairs()) {
        for (boolean accumulate : new boolean[] {false, true}) {
          parity.at("n=%d c=%d accumulate=%b".formatted(size[0], size[1], accumulate));
          checkBackward(parity, size, accumulate);
        }
      }
    }
  }

  private static void checkBackward(Parity parity, int[] size, boolean accumulate) {
    int rows = size[0];
    int width = size[1];
    Draws draws = new Draws(rows + width);
    float[] values = shifted(draws.signed(rows * width), 0.5f);
    float[] gains = draws.signed(width);
    float[] means = new float[rows];
    float[] scales = new float[rows];
    for (int n = 0; n < rows; n++) {
      means[n] = 0.5f + 0.01f * n / rows;
      scales[n] = 1.7f + 0.1f * n / rows;
    }
    float[] upstream = draws.signed(rows * width);
    float[] before = draws.signed(rows * width);
    Operand x = parity.input(values, rows, width);
    Operand gain = parity.input(gains, width);
    Operand mean = parity.input(means, rows);
    Operand rstd = parity.input(scales, rows);
    Operand dOut = parity.input(upstream, rows, width);
    Operand dX = accumulate ? parity.input(before, rows, width) : parity.output(rows, width);
    Operand dGain = parity.gradient(true, draws, width);
    Operand dBias = parity.gradient(true, draws, width);
    parity.run(
        side ->
            side.backend()
                .layerNormBackward(
                    side.of(x),
                    side.of(gain),
                    side.of(mean),
                    side.of(rstd),
                    side.of(dOut),
                    accumulate,
                    side.of(dX),
                    side.of(dGain),
                    side.of(dBias)));
    // |x − mean|·rstd is at most 2·1.8, |dOut·gain| at most 1: the terms of dX are bounded by
    // rstd·(1 + 1 + 3.6·3.6), those of a column of dGain by 3.6 each, before what was there (≤ 1)
    double normal = 2 * 1.8;
    double dXTerms = 1.8 * (2 + normal * normal) + (accumulate ? 1 : 0);
    parity.within(dX, i -> roundings(width + 6) * UNIT * dXTerms);
    parity.within(dGain, c -> roundings(rows + 3) * UNIT * (rows * normal + 1));
    parity.within(dBias, roundings(rows));
  }

  private static float[] shifted(float[] values, float shift) {
    for (int i = 0; i < values.length; i++) {
      values[i] += shift;
    }
    return values;
  }
}
