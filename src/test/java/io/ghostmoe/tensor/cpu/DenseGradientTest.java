package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Tensor;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

class DenseGradientTest {
  private final Doubles doubles = new Doubles(11);
  private final ScalarBackend backend = doubles.backend();

  @Test
  void geluBackwardIsTheDerivativeOfGelu() {
    Tensor x = doubles.of(new double[] {-6, -3, -1.5, -0.7, -0.1, 0, 1e-3, 0.4, 1, 2, 3.7, 7}, 12);
    Tensor out = doubles.output(12);
    Tensor dOut = doubles.drawn(12);
    Tensor dX = doubles.output(12);
    backend.geluBackward(x, dOut, dX);
    doubles.check(
        "x",
        x,
        dX,
        () -> {
          backend.gelu(x, out);
          return doubles.weighted(out, dOut);
        });
  }

  @Test
  void dropoutWithTheSameKeyIsItsOwnBackward() {
    Tensor x = doubles.drawn(5, 8);
    Tensor out = doubles.output(5, 8);
    Tensor dOut = doubles.drawn(5, 8);
    Tensor dX = doubles.output(5, 8);
    backend.dropout(dOut, 0.4f, 99, dX);
    doubles.check(
        "x",
        x,
        dX,
        () -> {
          backend.dropout(x, 0.4f, 99, out);
          return doubles.weighted(out, dOut);
        });
  }

  @Test
  void linearBackwardIsTheDerivativeOfLinear() {
    Tensor x = doubles.drawn(4, 5);
    Tensor weight = doubles.drawn(3, 5);
    Tensor bias = doubles.drawn(3);
    Tensor out = doubles.output(4, 3);
    Tensor dOut = doubles.drawn(4, 3);
    Tensor dX = doubles.output(4, 5);
    Tensor dWeight = doubles.zeros(3, 5);
    Tensor dBias = doubles.zeros(3);
    backend.linearBackwardInput(dOut, weight, false, dX);
    backend.linearBackwardParameters(x, dOut, dWeight, dBias);
    DoubleSupplier objective =
        () -> {
          backend.linear(x, weight, bias, out);
          return doubles.weighted(out, dOut);
        };
    doubles.check("x", x, dX, objective);
    doubles.check("weight", weight, dWeight, objective);
    doubles.check("bias", bias, dBias, objective);
  }

  @Test
  void embeddingBackwardIsTheDerivativeOfEmbedding() {
    Tensor ids = doubles.ints(new int[] {3, 0, 3, 5, 3}, 5);
    Tensor positions = doubles.ints(new int[] {0, 1, 2, 0, 1}, 5);
    Tensor tokens = doubles.drawn(6, 4);
    Tensor places = doubles.drawn(4, 4);
    Tensor out = doubles.output(5, 4);
    Tensor dOut = doubles.drawn(5, 4);
    Tensor dTokens = doubles.zeros(6, 4);
    Tensor dPlaces = doubles.zeros(4, 4);
    backend.embeddingBackward(ids, positions, dOut, dTokens, dPlaces);
    DoubleSupplier objective =
        () -> {
          backend.embedding(ids, positions, tokens, places, out);
          return doubles.weighted(out, dOut);
        };
    doubles.check("tokenTable", tokens, dTokens, objective);
    doubles.check("positionTable", places, dPlaces, objective);
  }

  @Test
  void layerNormBackwardIsTheDerivativeOfLayerNorm() {
    Tensor x = doubles.drawn(4, 7);
    Tensor gain = doubles.drawn(7);
    Tensor bias = doubles.drawn(7);
    Tensor out = doubles.output(4, 7);
    Tensor mean = doubles.output(4);
    Tensor rstd = doubles.output(4);
    Tensor dOut = doubles.drawn(4, 7);
    Tensor dX = doubles.output(4, 7);
    Tensor dGain = doubles.zeros(7);
    Tensor dBias = doubles.zeros(7);
    DoubleSupplier objective =
        () -> {
          backend.layerNorm(x, gain, bias, 1e-5f, out, mean, rstd);
          return doubles.weighted(out, dOut);
        };
    backend.layerNorm(x, gain, bias, 1e-5f, out, mean, rstd);
    backend.layerNormBackward(x, gain, mean, rstd, dOut, false, dX, dGain, dBias);
    doubles.check("x", x, dX, objective);
    doubles.check("gain", gain, dGain, objective);
    doubles.check("bias", bias, dBias, objective);
  }
}
