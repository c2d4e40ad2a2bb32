package io.ghostmoe.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.tensor.Tensor;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

class LossGradientTest {
  private final Doubles doubles = new Doubles(15);
  private final ScalarBackend backend = doubles.backend();
  private final Tensor x = doubles.drawn(5, 4);
  private final Tensor weight = doubles.drawn(7, 4);
  private final Tensor bias = doubles.drawn(7);
  private final Tensor targets = doubles.ints(new int[] {3, -1, 0, 6, 3}, 5);

  @Test
  void theFusedGradientsAreTheDerivativesOfTheScaledSumOfLosses() {
    Tensor fused = doubles.output(5);
    Tensor dX = doubles.output(5, 4);
    Tensor dWeight = doubles.zeros(7, 4);
    Tensor dBias = doubles.zeros(7);
    backend.linearCrossEntropyGradients(x, weight, bias, targets, 0.25f, fused, dX, dWeight, dBias);
    Tensor losses = doubles.output(5);
    Tensor scale = doubles.of(new double[] {0.25, 0.25, 0.25, 0.25, 0.25}, 5);
    DoubleSupplier objective =
        () -> {
          backend.linearCrossEntropy(x, weight, bias, targets, losses);
          return doubles.weighted(losses, scale);
        };
    backend.linearCrossEntropy(x, weight, bias, targets, losses);
    assertThat(doubles.read(fused)).containsExactly(doubles.read(losses));
    doubles.check("x", x, dX, objective);
    doubles.check("weight", weight, dWeight, objective);
    doubles.check("bias", bias, dBias, objective);
  }
}
