package io.ghostmoe.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Operations against each other in one process, so that the machine cancels out: an operation that
 * fell back to scalars, boxes its vectors or does its work twice stands out. The bounds are half of
 * what was measured (.89 and .23), and the best of many short calls counts.
 */
class ThroughputRatioTest {
  private static final int N = 256;
  private static final int C = 64;
  private static final int V = 4_000;

  private final Backend backend = new VectorBackend(1);
  private final Random random = new Random(1);

  @AfterEach
  void close() {
    backend.close();
  }

  private Tensor floats(int... dims) {
    Tensor tensor = backend.allocate(DType.F32, dims);
    float[] values = new float[tensor.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (.1 * random.nextGaussian());
    }
    backend.write(values, tensor);
    return tensor;
  }

  /** Floating-point operations a nanosecond of the fastest call within some seconds. */
  private static double rate(double flops, Runnable call) {
    long least = Long.MAX_VALUE;
    long end = System.nanoTime() + 3_000_000_000L;
    for (int calls = 0; calls < 50 || System.nanoTime() < end; calls++) {
      long start = System.nanoTime();
      call.run();
      least = Math.min(least, System.nanoTime() - start);
    }
    return flops / least;
  }

  private double product() {
    Tensor x = floats(N, 256);
    Tensor weight = floats(256, 256);
    Tensor out = floats(N, 256);
    return rate(2.0 * N * 256 * 256, () -> backend.linear(x, weight, null, out));
  }

  @Test
  void theFusedLossRunsNearTheSpeedOfProducts() {
    Tensor x = floats(N, C);
    Tensor weight = floats(V, C);
    Tensor bias = floats(V);
    Tensor targets = backend.allocate(DType.I32, N);
    backend.write(random.ints(N, 0, V).toArray(), targets);
    Tensor losses = floats(N);
    Tensor dX = floats(N, C);
    Tensor dWeight = floats(V, C);
    Tensor dBias = floats(V);
    double loss =
        rate(
            6.0 * N * C * V,
            () ->
                backend.linearCrossEntropyGradients(
                    x, weight, bias, targets, 1f / N, losses, dX, dWeight, dBias));
    assertThat(loss / product()).isGreaterThan(.4);
  }

  @Test
  void attentionRunsWithinReachOfProducts() {
    int time = 128;
    Tensor qkv = floats(2 * time, 3 * C);
    Tensor segments = backend.allocate(DType.I32, 2, time);
    backend.write(new int[2 * time], segments);
    Tensor out = floats(2 * time, C);
    Tensor lse = floats(2, 2, time);
    double attention =
        rate(
            2.0 * 2 * time * time * C, // two products, of which causality halves each
            () -> backend.attention(qkv, segments, 2, out, lse));
    assertThat(attention / product()).isGreaterThan(.1);
  }
}
