package io.ghostmoe.train;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;

/** Sums that are taken on the host, in double and in order. */
final class HostSum {
  private HostSum() {}

  /** Σ of a float tensor; waits for the device. */
  static double of(Tensor tensor, Backend backend) {
    float[] host = new float[tensor.elements()];
    backend.read(tensor, host);
    double sum = 0;
    for (float value : host) {
      sum += value;
    }
    return sum;
  }
}
