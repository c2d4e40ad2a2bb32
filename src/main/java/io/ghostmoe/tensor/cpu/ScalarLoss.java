package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.ScalarBuffer.ints;
import static io.ghostmoe.tensor.cpu.ScalarBuffer.reals;

import io.ghostmoe.tensor.OperationShapes;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBuffer.Reals;

/** The head and the cross-entropy in one; no more than one row of logits exists at a time. */
final class ScalarLoss {
  private ScalarLoss() {}

  static void linearCrossEntropy(
      Tensor x, Tensor weight, Tensor bias, Tensor targets, Tensor losses) {
    OperationShapes.linearCrossEntropy(x, weight, bias, targets, losses);
    IndexChecks.targets("linearCrossEntropy", ints(targets), x.dim(0), weight.dim(0));
    double[] logits = new double[weight.dim(0)];
    for (int n = 0; n < x.dim(0); n++) {
      int target = ints(targets)[n];
      if (target == -1) {
        reals(losses).set(n, 0);
      } else {
        logits(x, weight, bias, n, logits);
        reals(losses).set(n, ScalarSoftmax.logSumExp(logits) - logits[target]);
      }
    }
  }

  static void linearCrossEntropyGradients(
      Tensor x,
      Tensor weight,
      Tensor bias,
      Tensor targets,
      float scale,
      Tensor losses,
      Tensor dX,
      Tensor dWeight,
      Tensor dBias) {
    OperationShapes.linearCrossEntropyGradients(
        x, weight, bias, targets, losses, dX, dWeight, dBias);
    IndexChecks.targets("linearCrossEntropyGradients", ints(targets), x.dim(0), weight.dim(0));
    int width = x.dim(1);
    double[] logits = new double[weight.dim(0)];
    for (int n = 0; n < x.dim(0); n++) {
      int target = ints(targets)[n];
      double[] inputGradient = new double[width];
      double loss = 0;
      if (target != -1) {
        logits(x, weight, bias, n, logits);
        loss = ScalarSoftmax.logSumExp(logits) - logits[target];
        ScalarSoftmax.softmax(logits);
        for (int v = 0; v < logits.length; v++) {
          double dLogit = scale * (logits[v] - (v == target ? 1 : 0));
          backward(reals(x), reals(weight), n, v, dLogit, inputGradient, reals(dWeight));
          reals(dBias).add(v, dLogit);
        }
      }
      reals(losses).set(n, loss);
      for (int c = 0; c < width; c++) {
        reals(dX).set(n * width + c, inputGradient[c]);
      }
    }
  }

  private static void logits(Tensor x, Tensor weight, Tensor bias, int n, double[] logits) {
    int width = x.dim(1);
    Reals source = reals(x);
    Reals weights = reals(weight);
    for (int v = 0; v < logits.length; v++) {
      double sum = reals(bias).get(v);
      for (int c = 0; c < width; c++) {
        sum += source.get(n * width + c) * weights.get(v * width + c);
      }
      logits[v] = sum;
    }
  }

  /** What logit {@code v} of row {@code n} adds to the gradients of that row and of its weights. */
  private static void backward(
      Reals x, Reals weight, int n, int v, double dLogit, double[] inputGradient, Reals dWeight) {
    int width = inputGradient.length;
    for (int c = 0; c < width; c++) {
      inputGradient[c] += dLogit * weight.get(v * width + c);
      dWeight.add(v * width + c, dLogit * x.get(n * width + c));
    }
  }
}
