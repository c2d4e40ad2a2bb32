package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.ScalarBuffer.ints;
import static io.ghostmoe.tensor.cpu.ScalarBuffer.reals;

import io.ghostmoe.tensor.OperationShapes;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBuffer.Reals;
import org.jspecify.annotations.Nullable;

/** Dense layers, also on a range of rows as the experts need them, and the embedding. */
final class ScalarDense {
  private ScalarDense() {}

  static void linear(Tensor x, Tensor weight, @Nullable Tensor bias, Tensor out) {
    OperationShapes.linear(x, weight, bias, out);
    linearRows(x, weight, bias, 0, x.dim(0), out);
  }

  static void linearBackwardInput(Tensor dOut, Tensor weight, boolean accumulate, Tensor dX) {
    OperationShapes.linearBackwardInput(dOut, weight, dX);
    inputRows(dOut, weight, accumulate, 0, dOut.dim(0), dX);
  }

  static void linearBackwardParameters(
      Tensor x, Tensor dOut, Tensor dWeight, @Nullable Tensor dBias) {
    OperationShapes.linearBackwardParameters(x, dOut, dWeight, dBias);
    parameterRows(x, dOut, 0, x.dim(0), dWeight, dBias);
  }

  /** {@code out_n = weight·x_n + bias} for the rows {@code from ≤ n < to}. */
  static void linearRows(
      Tensor x, Tensor weight, @Nullable Tensor bias, int from, int to, Tensor out) {
    Reals source = reals(x);
    Reals weights = reals(weight);
    Reals target = reals(out);
    int inputs = weight.dim(1);
    int outputs = weight.dim(0);
    for (int n = from; n < to; n++) {
      for (int o = 0; o < outputs; o++) {
        double sum = bias == null ? 0 : reals(bias).get(o);
        for (int i = 0; i < inputs; i++) {
          sum += source.get(n * inputs + i) * weights.get(o * inputs + i);
        }
        target.set(n * outputs + o, sum);
      }
    }
  }

  /** {@code dX_n (+)= weightᵀ·dOut_n} for the rows {@code from ≤ n < to}. */
  static void inputRows(
      Tensor dOut, Tensor weight, boolean accumulate, int from, int to, Tensor dX) {
    Reals upstream = reals(dOut);
    Reals weights = reals(weight);
    Reals target = reals(dX);
    int inputs = weight.dim(1);
    int outputs = weight.dim(0);
    double[] sums = new double[inputs];
    for (int n = from; n < to; n++) {
      for (int i = 0; i < inputs; i++) {
        sums[i] = accumulate ? target.get(n * inputs + i) : 0;
      }
      for (int o = 0; o < outputs; o++) {
        double slope = upstream.get(n * outputs + o);
        for (int i = 0; i < inputs; i++) {
          sums[i] += slope * weights.get(o * inputs + i);
        }
      }
      for (int i = 0; i < inputs; i++) {
        target.set(n * inputs + i, sums[i]);
      }
    }
  }

  /** {@code dWeight += Σ dOut_n·x_nᵀ}, {@code dBias += Σ dOut_n} over {@code from ≤ n < to}. */
  static void parameterRows(
      Tensor x, Tensor dOut, int from, int to, Tensor dWeight, @Nullable Tensor dBias) {
    Reals source = reals(x);
    Reals upstream = reals(dOut);
    Reals target = reals(dWeight);
    int inputs = dWeight.dim(1);
    int outputs = dWeight.dim(0);
    for (int o = 0; o < outputs; o++) {
      double[] sums = new double[inputs];
      for (int n = from; n < to; n++) {
        double slope = upstream.get(n * outputs + o);
        for (int i = 0; i < inputs; i++) {
          sums[i] += slope * source.get(n * inputs + i);
        }
      }
      for (int i = 0; i < inputs; i++) {
        target.add(o * inputs + i, sums[i]);
      }
    }
    if (dBias != null) {
      addRows(upstream, from, to, reals(dBias), outputs);
    }
  }

  private static void addRows(Reals rows, int from, int to, Reals target, int width) {
    for (int o = 0; o < width; o++) {
      double sum = 0;
      for (int n = from; n < to; n++) {
        sum += rows.get(n * width + o);
      }
      target.add(o, sum);
    }
  }

  static void embedding(
      Tensor ids, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor out) {
    OperationShapes.embedding(ids, positions, tokenTable, positionTable, out);
    checkIndices("embedding", ids, positions, tokenTable, positionTable);
    Reals tokens = reals(tokenTable);
    Reals places = reals(positionTable);
    Reals target = reals(out);
    int width = out.dim(1);
    for (int n = 0; n < ids.dim(0); n++) {
      int token = ints(ids)[n] * width;
      int place = ints(positions)[n] * width;
      for (int c = 0; c < width; c++) {
        target.set(n * width + c, tokens.get(token + c) + places.get(place + c));
      }
    }
  }

  static void embeddingBackward(
      Tensor ids, Tensor positions, Tensor dOut, Tensor dTokenTable, Tensor dPositionTable) {
    OperationShapes.embeddingBackward(ids, positions, dOut, dTokenTable, dPositionTable);
    checkIndices("embeddingBackward", ids, positions, dTokenTable, dPositionTable);
    Reals upstream = reals(dOut);
    Reals tokens = reals(dTokenTable);
    Reals places = reals(dPositionTable);
    int width = dOut.dim(1);
    for (int n = 0; n < ids.dim(0); n++) {
      int token = ints(ids)[n] * width;
      int place = ints(positions)[n] * width;
      for (int c = 0; c < width; c++) {
        tokens.add(token + c, upstream.get(n * width + c));
        places.add(place + c, upstream.get(n * width + c));
      }
    }
  }

  private static void checkIndices(
      String operation, Tensor ids, Tensor positions, Tensor tokens, Tensor places) {
    IndexChecks.ids(operation, ints(ids), ids.dim(0), tokens.dim(0));
    IndexChecks.positions(operation, ints(positions), ids.dim(0), places.dim(0));
  }
}
