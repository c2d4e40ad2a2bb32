package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.ScalarBuffer.ints;
import static io.ghostmoe.tensor.cpu.ScalarBuffer.reals;

import io.ghostmoe.tensor.OperationShapes;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBuffer.Reals;

/** Causal attention within segments, and over a cache of keys and values. */
final class ScalarAttention {
  private ScalarAttention() {}

  static void attention(Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse) {
    OperationShapes.attention(qkv, segments, heads, out, lse);
    IndexChecks.segments("attention", ints(segments), segments.elements());
    int time = segments.dim(1);
    int width = out.dim(1);
    for (int row = 0; row < segments.elements(); row++) {
      int batch = row / time;
      int first = firstVisible(ints(segments), batch * time, row);
      for (int h = 0; h < heads; h++) {
        int head = h * (width / heads);
        Query query = new Query(reals(qkv), row * 3 * width + head, width / heads);
        Rows keys = new Rows(reals(qkv), width + head, 3 * width);
        Rows values = new Rows(reals(qkv), 2 * width + head, 3 * width);
        double sum = attend(query, keys, values, first, row + 1, reals(out), row * width + head);
        reals(lse).set((batch * heads + h) * time + row % time, sum);
      }
    }
  }

  static void attentionCached(
      Tensor qkv, Tensor rows, Tensor keys, Tensor values, int heads, Tensor out) {
    OperationShapes.attentionCached(qkv, rows, keys, values, heads, out);
    int width = out.dim(1);
    int time = keys.dim(1);
    IndexChecks.cacheRows("attentionCached", ints(rows), out.dim(0), keys.dim(0) * time);
    for (int i = 0; i < out.dim(0); i++) {
      int row = ints(rows)[i];
      for (int c = 0; c < width; c++) {
        reals(keys).set(row * width + c, reals(qkv).get(i * 3 * width + width + c));
        reals(values).set(row * width + c, reals(qkv).get(i * 3 * width + 2 * width + c));
      }
    }
    for (int i = 0; i < out.dim(0); i++) {
      int row = ints(rows)[i];
      int first = row - row % time;
      for (int h = 0; h < heads; h++) {
        int head = h * (width / heads);
        Query query = new Query(reals(qkv), i * 3 * width + head, width / heads);
        Rows keyRows = new Rows(reals(keys), head, width);
        Rows valueRows = new Rows(reals(values), head, width);
        attend(query, keyRows, valueRows, first, row + 1, reals(out), i * width + head);
      }
    }
  }

  /** The first row that {@code row} sees, or the row after it, so that padding sees nothing. */
  private static int firstVisible(int[] segments, int firstOfBatch, int row) {
    if (segments[row] == -1) {
      return row + 1;
    }
    int first = row;
    while (first > firstOfBatch && segments[first - 1] == segments[row]) {
      first--;
    }
    return first;
  }

  /** One head of one position: {@code size} elements from {@code at} on. */
  private record Query(Reals memory, int at, int size) {
    double dot(Rows rows, int row) {
      double sum = 0;
      for (int d = 0; d < size; d++) {
        sum += memory.get(at + d) * rows.get(row, d);
      }
      return sum;
    }
  }

  /** One head of all positions: row u is at {@code at + u·stride}. */
  private record Rows(Reals memory, int at, int stride) {
    double get(int row, int d) {
      return memory.get(at + row * stride + d);
    }
  }

  /** Writes the attention over the rows {@code from ≤ u < to}; 0 if there are none. */
  private static double attend(
      Query query, Rows keys, Rows values, int from, int to, Reals out, int outAt) {
    double[] scores = new double[to - from];
    double scale = 1 / Math.sqrt(query.size());
    for (int u = from; u < to; u++) {
      scores[u - from] = scale * query.dot(keys, u);
    }
    double sum = from == to ? 0 : ScalarSoftmax.logSumExp(scores);
    ScalarSoftmax.softmax(scores);
    double[] mixed = new double[query.size()];
    for (int u = from; u < to; u++) {
      for (int d = 0; d < mixed.length; d++) {
        mixed[d] += scores[u - from] * values.get(u, d);
      }
    }
    for (int d = 0; d < mixed.length; d++) {
      out.set(outAt + d, mixed[d]);
    }
    return sum;
  }

  static void attentionBackward(
      Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse, Tensor dOut, Tensor dQkv) {
    OperationShapes.attentionBackward(qkv, segments, heads, out, lse, dOut, dQkv);
    IndexChecks.segments("attentionBackward", ints(segments), segments.elements());
    double[] gradient = new double[qkv.elements()];
    int time = segments.dim(1);
    for (int row = 0; row < segments.elements(); row++) {
      int batch = row / time;
      int first = firstVisible(ints(segments), batch * time, row);
      for (int h = 0; h < heads; h++) {
        double sum = reals(lse).get((batch * heads + h) * time + row % time);
        backwardRow(qkv, out, dOut, heads, h, first, row, sum, gradient);
      }
    }
    for (int i = 0; i < gradient.length; i++) {
      reals(dQkv).set(i, gradient[i]);
    }
  }

  /** What position {@code row} and head {@code h} add to the gradients of the rows it sees. */
  private static void backwardRow(
      Tensor qkv,
      Tensor out,
      Tensor dOut,
      int heads,
      int h,
      int first,
      int row,
      double logSum,
      double[] gradient) {
    int width = out.dim(1);
    int size = width / heads;
    double scale = 1 / Math.sqrt(size);
    int outAt = row * width + h * size;
    int queryAt = row * 3 * width + h * size;
    Reals memory = reals(qkv);
    Query query = new Query(memory, queryAt, size);
    Rows keys = new Rows(memory, width + h * size, 3 * width);
    Rows values = new Rows(memory, 2 * width + h * size, 3 * width);
    Query upstream = new Query(reals(dOut), outAt, size);
    double mean = upstream.dot(new Rows(reals(out), outAt, 0), 0);
    for (int u = first; u <= row; u++) {
      double probability = Math.exp(scale * query.dot(keys, u) - logSum);
      double dScore = scale * probability * (upstream.dot(values, u) - mean);
      int keyAt = u * 3 * width + width + h * size;
      for (int d = 0; d < size; d++) {
        gradient[queryAt + d] += dScore * keys.get(u, d);
        gradient[keyAt + d] += dScore * memory.get(queryAt + d);
        gradient[keyAt + width + d] += probability * reals(dOut).get(outAt + d);
      }
    }
  }
}
