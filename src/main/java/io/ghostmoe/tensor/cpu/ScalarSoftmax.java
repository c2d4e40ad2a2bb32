package io.ghostmoe.tensor.cpu;

/** What attention, router and loss share. */
final class ScalarSoftmax {
  private ScalarSoftmax() {}

  /**
   * {@code ln Σ exp(values_i)}, the largest value taken off first so that no exponential overflows;
   * NaN if any value is.
   */
  static double logSumExp(double[] values) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      largest = Math.max(largest, value);
    }
    double sum = 0;
    for (double value : values) {
      sum += Math.exp(value - largest);
    }
    return largest + Math.log(sum);
  }
}
