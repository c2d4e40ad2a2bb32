package io.ghostmoe.tensor.cpu;

/**
 * What attention, router and loss share. The largest value is taken off before an exponential, so
 * that none overflows and that values of any size keep their differences; NaN anywhere makes all of
 * the result NaN.
 */
final class ScalarSoftmax {
  private ScalarSoftmax() {}

  /** {@code ln Σ exp(values_i)}. */
  static double logSumExp(double[] values) {
    double largest = largest(values);
    double sum = 0;
    for (double value : values) {
      sum += Math.exp(value - largest);
    }
    return largest + Math.log(sum);
  }

  /** {@code values_i = exp(values_i) / Σ_j exp(values_j)}, in place. */
  static void softmax(double[] values) {
    double largest = largest(values);
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.exp(values[i] - largest);
      sum += values[i];
    }
    for (int i = 0; i < values.length; i++) {
      values[i] /= sum;
    }
  }

  private static double largest(double[] values) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      largest = Math.max(largest, value);
    }
    return largest;
  }
}
