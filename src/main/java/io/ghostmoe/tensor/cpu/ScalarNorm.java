package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.ScalarBuffer.reals;

import io.ghostmoe.tensor.OperationShapes;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBuffer.Reals;

/** Layer normalisation. */
final class ScalarNorm {
  private ScalarNorm() {}

  static void layerNorm(
      Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor out, Tensor mean, Tensor rstd) {
    OperationShapes.layerNorm(x, gain, bias, epsilon, out, mean, rstd);
    Reals source = reals(x);
    Reals target = reals(out);
    int width = x.dim(1);
    for (int n = 0; n < x.dim(0); n++) {
      double sum = 0;
      for (int c = 0; c < width; c++) {
        sum += source.get(n * width + c);
      }
      double center = sum / width;
      double squares = 0;
      for (int c = 0; c < width; c++) {
        double deviation = source.get(n * width + c) - center;
        squares += deviation * deviation;
      }
      double scale = 1 / Math.sqrt(squares / width + epsilon);
      for (int c = 0; c < width; c++) {
        double normal = (source.get(n * width + c) - center) * scale;
        target.set(n * width + c, normal * reals(gain).get(c) + reals(bias).get(c));
      }
      reals(mean).set(n, center);
      reals(rstd).set(n, scale);
    }
  }

  static void layerNormBackward(
      Tensor x,
      Tensor gain,
      Tensor mean,
      Tensor rstd,
      Tensor dOut,
      boolean accumulate,
      Tensor dX,
      Tensor dGain,
      Tensor dBias) {
    OperationShapes.layerNormBackward(x, gain, mean, rstd, dOut, dX, dGain, dBias);
    int width = x.dim(1);
    double[] gainSum = new double[width];
    double[] biasSum = new double[width];
    double[] normal = new double[width];
    double[] scaled = new double[width];
    for (int n = 0; n < x.dim(0); n++) {
      double center = reals(mean).get(n);
      double scale = reals(rstd).get(n);
      double scaledMean = 0;
      double projectedMean = 0;
      for (int c = 0; c < width; c++) {
        double upstream = reals(dOut).get(n * width + c);
        normal[c] = (reals(x).get(n * width + c) - center) * scale;
        scaled[c] = upstream * reals(gain).get(c);
        scaledMean += scaled[c] / width;
        projectedMean += scaled[c] * normal[c] / width;
        gainSum[c] += upstream * normal[c];
        biasSum[c] += upstream;
      }
      for (int c = 0; c < width; c++) {
        double slope = scale * (scaled[c] - scaledMean - normal[c] * projectedMean);
        double before = accumulate ? reals(dX).get(n * width + c) : 0;
        reals(dX).set(n * width + c, before + slope);
      }
    }
    for (int c = 0; c < width; c++) {
      reals(dGain).add(c, gainSum[c]);
      reals(dBias).add(c, biasSum[c]);
    }
  }
}
