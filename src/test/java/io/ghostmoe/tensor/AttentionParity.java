package io.ghostmoe.tensor;

import static io.ghostmoe.tensor.Parity.UNIT;
import static io.ghostmoe.tensor.Parity.roundings;

import io.ghostmoe.tensor.Parity.Operand;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Attention; the bounds carry the error of a score through the softmax. */
interface AttentionParity {
  /** A new backend; the test closes it. */
  Backend backend();

  /** One case: extents and how the rows are cut into segments. */
  record Case(int batch, int time, int heads, int headSize, Segments.Layout layout) {
    int width() {
      return heads * headSize;
    }

    int rows() {
      return batch * time;
    }

    int[] segments() {
      return Segments.of(layout, batch, time);
    }
  }

  private static List<Case> cases() {
    return List.of(
        new Case(1, 1, 1, 1, Segments.Layout.ONE),
        new Case(2, 7, 1, 7, Segments.Layout.ONE),
        new Case(1, 31, 3, 32, Segments.Layout.SEVERAL),
        new Case(3, 32, 2, 31, Segments.Layout.PADDED),
        new Case(2, 33, 7, 1, Segments.Layout.SEVERAL),
        new Case(1, 33, 1, 127, Segments.Layout.PADDED),
        new Case(2, 127, 2, 33, Segments.Layout.SEVERAL),
        new Case(1, 129, 1, 129, Segments.Layout.ONE),
        new Case(4, 129, 3, 7, Segments.Layout.PADDED),
        new Case(2, 130, 2, 16, Segments.Layout.MIXED),
        new Case(1, 130, 2, 68, Segments.Layout.PADDED),
        new Case(1, 200, 1, 64, Segments.Layout.ONE),
        new Case(5, 33, 2, 8, Segments.Layout.MIXED),
        new Case(1, 1000, 1, 8, Segments.Layout.SEVERAL),
        new Case(1, 1000, 1, 4, Segments.Layout.ONE));
  }

  /** Bounds on the norms of one draw, and from them on the errors of scores and probabilities. */
  record Errors(double score, double probability, double key, double query, double value) {
    static Errors of(float[] qkv, int width, int headSize, int terms) {
      double query = largestNorm(qkv, width, headSize, 0);
      double key = largestNorm(qkv, width, headSize, 1);
      double value = largestNorm(qkv, width, headSize, 2);
      // Cauchy and Schwarz: Σ|q·k| ≤ ‖q‖·‖k‖
      double largest = query * key / Math.sqrt(headSize);
      double score = roundings(headSize) * UNIT * largest;
      // twice the score's: its own and that of the sum; the exponent's rounding; the exponential's
      double probability = 2 * score + 4 * UNIT * largest + roundings(terms + 8) * UNIT;
      return new Errors(score, probability, key, query, value);
    }

    private static double largestNorm(float[] qkv, int width, int headSize, int part) {
      double largest = 0;
      for (int row = 0; row < qkv.length; row += 3 * width) {
        for (int head = 0; head < width; head += headSize) {
          double squares = 0;
          for (int d = 0; d < headSize; d++) {
            double element = qkv[row + part * width + head + d];
            squares += element * element;
          }
          largest = Math.max(largest, Math.sqrt(squares));
        }
      }
      return largest;
    }
  }

  @Test
  default void attentionWithinSegments() {
    try (Parity parity = new Parity("attention", backend())) {
      for (Case shape : cases()) {
        checkForward(parity.at("%s".formatted(shape)), shape);
      }
    }
  }

  private static void checkForward(Parity parity, Case shape) {
    int width = shape.width();
    float[] values = spread(new Draws(shape.time()).signed(shape.rows() * 3 * width));
    Operand qkv = parity.input(values, shape.rows(), 3 * width);
    Operand positive = parity.input(absoluteValues(values, width), shape.rows(), 3 * width);
    Operand segments = parity.integers(shape.segments(), shape.batch(), shape.time());
    Operand out = parity.output(shape.rows(), width);
    Operand terms = parity.output(shape.rows(), width);
    Operand lse = parity.output(shape.batch(), shape.heads(), shape.time());
    parity.run(
        side -> {
          Backend backend = side.backend();
          Tensor cuts = side.of(segments);
          backend.attention(side.of(positive), cuts, shape.heads(), side.of(terms), side.of(lse));
          backend.attention(side.of(qkv), cuts, shape.heads(), side.of(out), side.of(lse));
        });
    Errors errors = Errors.of(values, width, shape.headSize(), shape.time());
    double[] weighted = parity.exact(terms);
    double[] sums = parity.exact(lse);
    parity.within(out, i -> errors.probability() * weighted[i]);
    parity.within(
        lse, i -> errors.score() + roundings(shape.time() + 8) * UNIT * (1 + Math.abs(sums[i])));
  }

  @Test
  default void attentionBackwardWithinSegments() {
    try (Parity parity = new Parity("attentionBackward", backend())) {
      for (Case shape : cases()) {
        checkBackward(parity.at("%s".formatted(shape)), shape);
      }
    }
  }

  private static void checkBackward(Parity parity, Case shape) {
    int width = shape.width();
    Draws draws = new Draws(shape.time());
    float[] values = spread(draws.signed(shape.rows() * 3 * width));
    Operand qkv = parity.input(values, shape.rows(), 3 * width);
    Operand segments = parity.integers(shape.segments(), shape.batch(), shape.time());
    Operand dOut = parity.input(draws.signed(shape.rows() * width), shape.rows(), width);
    float[] ones = new float[shape.rows() * width];
    Arrays.fill(ones, 1);
    Operand unit = parity.input(ones, shape.rows(), width);
    Operand out = parity.output(shape.rows(), width);
    Operand lse = parity.output(shape.batch(), shape.heads(), shape.time());
    Operand dQkv = parity.output(shape.rows(), 3 * width);
    Operand columns = parity.output(shape.rows(), 3 * width);
    parity.run(
        side -> {
          Backend backend = side.backend();
          Tensor x = side.of(qkv);
          Tensor cuts = side.of(segments);
          int heads = shape.heads();
          backend.attention(x, cuts, heads, side.of(out), side.of(lse));
          backend.attentionBackward(
              x, cuts, heads, side.of(out), side.of(lse), side.of(unit), side.of(columns));
          backend.attentionBackward(
              x, cuts, heads, side.of(out), side.of(lse), side.of(dOut), side.of(dQkv));
        });
    Errors errors = Errors.of(values, width, shape.headSize(), shape.time());
    // the gradient of v for dOut = 1: how much attention each position receives
    double[] received = parity.exact(columns);
    parity.within(dQkv, i -> gradientBound(shape, errors, received, i));
  }

  private static double gradientBound(Case shape, Errors errors, double[] received, int i) {
    int width = shape.width();
    int part = i % (3 * width) / width;
    double column = received[i / (3 * width) * (3 * width) + 2 * width + i % width];
    // the candidate's own lse and out enter, so the probability's error counts twice
    double relative = 2 * errors.probability() + roundings(shape.headSize() + shape.time()) * UNIT;
    // ‖dOut‖ ≤ √D and |dP − δ| ≤ ‖dOut‖·2‖v‖; with 1/√D of the score's scale that leaves 2‖v‖
    double slope = 2 * errors.value() * relative;
    return switch (part) {
      case 0 -> slope * errors.key();
      case 1 -> slope * errors.query() * column;
      default -> relative * column;
    };
  }

  @Test
  default void attentionCachedAfterAnyStart() {
    try (Parity parity = new Parity("attentionCached", backend())) {
      int[][] cases = {
        {1, 0, 1, 1, 1},
        {7, 3, 12, 1, 7},
        {1, 32, 33, 3, 31},
        {33, 0, 40, 2, 32},
        {31, 96, 127, 1, 33},
        {1, 999, 1000, 2, 8},
        {129, 1, 130, 1, 129}
      };
      for (int[] c : cases) {
        parity.at("n=%d start=%d t=%d heads=%d d=%d".formatted(c[0], c[1], c[2], c[3], c[4]));
        checkCached(parity, c[0], c[1], c[2], c[3], c[4]);
      }
    }
  }

  private static void checkCached(
      Parity parity, int rows, int start, int time, int heads, int headSize) {
    int width = heads * headSize;
    Draws draws = new Draws(time);
    float[] all = spread(draws.signed((start + rows) * 3 * width));
    float[] fresh = Arrays.copyOfRange(all, start * 3 * width, all.length);
    Operand qkv = parity.input(fresh, rows, 3 * width);
    Operand positive = parity.input(absoluteValues(fresh, width), rows, 3 * width);
    Operand keys = parity.input(cache(all, width, 1, start, time), 1, time, width);
    Operand values = parity.input(cache(all, width, 2, start, time), 1, time, width);
    Operand places = parity.integers(IntStream.range(start, start + rows).toArray(), rows);
    float[] absolute = cache(absoluteValues(all, width), width, 2, start, time);
    Operand absoluteCache = parity.input(absolute, 1, time, width);
    Operand out = parity.output(rows, width);
    Operand terms = parity.output(rows, width);
    parity.run(
        side -> {
          Backend backend = side.backend();
          Tensor k = side.of(keys);
          Tensor absoluteV = side.of(absoluteCache);
          Tensor at = side.of(places);
          backend.attentionCached(side.of(positive), at, k, absoluteV, heads, side.of(terms));
          backend.attentionCached(side.of(qkv), at, k, side.of(values), heads, side.of(out));
        });
    Errors errors = Errors.of(all, width, headSize, start + rows);
    double[] weighted = parity.exact(terms);
    parity.within(out, i -> errors.probability() * weighted[i]);
  }

  /** The rows before {@code start} of keys (part 1) or values (part 2), then NaN. */
  private static float[] cache(float[] qkv, int width, int part, int start, int time) {
    float[] cache = new float[time * width];
    Arrays.fill(cache, Float.NaN);
    for (int row = 0; row < start; row++) {
      System.arraycopy(qkv, (3 * row + part) * width, cache, row * width, width);
    }
    return cache;
  }

  /** The same queries and keys with the values' signs taken off. */
  private static float[] absoluteValues(float[] qkv, int width) {
    float[] positive = qkv.clone();
    for (int i = 0; i < qkv.length; i++) {
      positive[i] = i % (3 * width) >= 2 * width ? Math.abs(qkv[i]) : qkv[i];
    }
    return positive;
  }

  /** Scores that differ enough for the softmax to prefer some positions. */
  private static float[] spread(float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= 1.5f;
    }
    return values;
  }
}
