package io.ghostmoe.tensor.cpu;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A mixture of experts as one would write it on a blackboard: for each token, for each of its
 * experts, two dense layers, weighted and summed. Plain arrays, no sorting, no tensors.
 */
final class NaiveMoe {
  final int width;
  final int hidden;
  final int k;

  /** Of each expert: [hidden][width], [hidden], [width][hidden], [width]. */
  final double[][][] up;

  final double[][] upBias;
  final double[][][] down;
  final double[][] downBias;

  /** Selects, but does not weigh. */
  final double[] balanceBias;

  NaiveMoe(
      int k,
      double[][][] up,
      double[][] upBias,
      double[][][] down,
      double[][] downBias,
      double[] balanceBias) {
    this.k = k;
    this.up = up;
    this.upBias = upBias;
    this.down = down;
    this.downBias = downBias;
    this.balanceBias = balanceBias;
    hidden = up[0].length;
    width = up[0][0].length;
  }

  int experts() {
    return up.length;
  }

  /** Everything that a backward pass over all tokens yields. */
  static final class Gradients {
    final double[][] x;
    final double[][] scores;
    final double[][][] up;
    final double[][] upBias;
    final double[][][] down;
    final double[][] downBias;

    Gradients(NaiveMoe moe, int tokens) {
      x = new double[tokens][moe.width];
      scores = new double[tokens][moe.experts()];
      up = new double[moe.experts()][moe.hidden][moe.width];
      upBias = new double[moe.experts()][moe.hidden];
      down = new double[moe.experts()][moe.width][moe.hidden];
      downBias = new double[moe.experts()][moe.width];
    }
  }

  /** The experts of one token, best first. */
  int[] select(double[] scores) {
    return IntStream.range(0, experts())
        .boxed()
        .sorted(Comparator.comparingDouble(e -> -(scores[e] + balanceBias[e])))
        .limit(k)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Softmax over the selected experts, or over all if only one is selected; 0 for the others. */
  double[] probabilities(double[] scores, int[] selected) {
    double[] probabilities = new double[scores.length];
    double sum = 0;
    for (int e = 0; e < scores.length; e++) {
      int expert = e;
      if (k == 1 || Arrays.stream(selected).anyMatch(s -> s == expert)) {
        probabilities[e] = Math.exp(scores[e]);
        sum += probabilities[e];
      }
    }
    for (int e = 0; e < scores.length; e++) {
      probabilities[e] /= sum;
    }
    return probabilities;
  }

  /** The output of one token. */
  double[] forward(double[] x, double[] scores) {
    int[] selected = select(scores);
    double[] probabilities = probabilities(scores, selected);
    double[] out = new double[width];
    for (int e : selected) {
      double[] y = expert(e, x);
      for (int c = 0; c < width; c++) {
        out[c] += probabilities[e] * y[c];
      }
    }
    return out;
  }

  private double[] expert(int e, double[] x) {
    double[] before = dense(up[e], upBias[e], x);
    double[] after = Arrays.stream(before).map(NaiveMoe::gelu).toArray();
    return dense(down[e], downBias[e], after);
  }

  /** Adds what one token with the output's gradient {@code dOut} contributes. */
  void backward(int token, double[] x, double[] scores, double[] dOut, Gradients gradients) {
    int[] selected = select(scores);
    double[] probabilities = probabilities(scores, selected);
    for (int e : selected) {
      double[] y = expert(e, x);
      double dGate = 0;
      double[] dY = new double[width];
      for (int c = 0; c < width; c++) {
        dGate += y[c] * dOut[c];
        dY[c] = probabilities[e] * dOut[c];
      }
      for (int j = 0; j < scores.length; j++) {
        double identity = j == e ? 1 : 0;
        gradients.scores[token][j] += dGate * probabilities[e] * (identity - probabilities[j]);
      }
      backwardExpert(e, x, dY, gradients.x[token], gradients);
    }
  }

  private void backwardExpert(int e, double[] x, double[] dY, double[] dX, Gradients gradients) {
    double[] before = dense(up[e], upBias[e], x);
    for (int h = 0; h < hidden; h++) {
      double dAfter = 0;
      for (int c = 0; c < width; c++) {
        gradients.down[e][c][h] += dY[c] * gelu(before[h]);
        dAfter += dY[c] * down[e][c][h];
      }
      double dBefore = dAfter * geluSlope(before[h]);
      gradients.upBias[e][h] += dBefore;
      for (int c = 0; c < width; c++) {
        gradients.up[e][h][c] += dBefore * x[c];
        dX[c] += dBefore * up[e][h][c];
      }
    }
    for (int c = 0; c < width; c++) {
      gradients.downBias[e][c] += dY[c];
    }
  }

  private static double[] dense(double[][] weight, double[] bias, double[] x) {
    double[] out = bias.clone();
    for (int o = 0; o < out.length; o++) {
      for (int i = 0; i < x.length; i++) {
        out[o] += weight[o][i] * x[i];
      }
    }
    return out;
  }

  /** By the logistic function: ½(1 + tanh u) = 1/(1 + exp(−2u)). */
  private static double gelu(double x) {
    return x / (1 + Math.exp(-2 * inner(x)));
  }

  private static double geluSlope(double x) {
    double logistic = 1 / (1 + Math.exp(-2 * inner(x)));
    double innerSlope = Math.sqrt(2 / Math.PI) * (1 + 0.134145 * x * x);
    return logistic + 2 * x * logistic * (1 - logistic) * innerSlope;
  }

  private static double inner(double x) {
    return Math.sqrt(2 / Math.PI) * (x + 0.044715 * Math.pow(x, 3));
  }
}
