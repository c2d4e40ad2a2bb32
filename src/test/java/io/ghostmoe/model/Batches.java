package io.ghostmoe.model;

import io.ghostmoe.autograd.Tape;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Draws;
import io.ghostmoe.tensor.Tensor;
import java.util.Arrays;

/** Batches of random tokens. */
public final class Batches {
  private Batches() {}

  /** One segment a row, every target scored. */
  public static Batch full(long seed, ModelConfig config, int rows) {
    int n = rows * config.length();
    Draws draws = new Draws(seed);
    int[] positions = new int[n];
    Arrays.setAll(positions, i -> i % config.length());
    return of(
        rows,
        draws.below(config.vocabulary(), n),
        draws.below(config.vocabulary(), n),
        new int[n],
        positions);
  }

  /**
   * Two segments a row, padding at the end of every second row, every fifth target unscored. All
   * padding holds token 0.
   */
  public static Batch ragged(long seed, ModelConfig config, int rows) {
    Batch batch = full(seed, config, rows);
    int length = config.length();
    for (int i = 0; i < rows * length; i++) {
      int row = i / length;
      int t = i % length;
      int second = 1 + (row + length / 2) % (length - 1);
      boolean padding = row % 2 == 1 && t >= length - Math.max(1, length / 4);
      batch.segments()[i] = padding ? -1 : t < second ? 0 : 1;
      batch.positions()[i] = padding ? 0 : t < second ? t : t - second;
      if (padding) {
        batch.inputs()[i] = 0;
      }
      if (padding || i % 5 == 4) {
        batch.targets()[i] = -1;
      }
    }
    return of(rows, batch.inputs(), batch.targets(), batch.segments(), batch.positions());
  }

  /** A batch of these arrays, each [rows, length]. */
  public static Batch of(int rows, int[] inputs, int[] targets, int[] segments, int[] positions) {
    int scored = (int) Arrays.stream(targets).filter(target -> target >= 0).count();
    int real = (int) Arrays.stream(segments).filter(segment -> segment >= 0).count();
    return new Batch(
        rows, inputs.length / rows, inputs, targets, segments, positions, scored, real, scored);
  }

  /** A copy, to be changed. */
  public static Batch copy(Batch batch) {
    return rows(batch, 0, batch.rows());
  }

  /** Rows {@code from} to {@code to} as a batch of their own. */
  public static Batch rows(Batch batch, int from, int to) {
    int a = from * batch.length();
    int b = to * batch.length();
    return of(
        to - from,
        Arrays.copyOfRange(batch.inputs(), a, b),
        Arrays.copyOfRange(batch.targets(), a, b),
        Arrays.copyOfRange(batch.segments(), a, b),
        Arrays.copyOfRange(batch.positions(), a, b));
  }

  /** The batch in memory of the tape's. */
  public static TokenBatch upload(Batch batch, Tape tape) {
    int n = batch.rows() * batch.length();
    return new TokenBatch(
        ints(tape, batch.inputs(), n),
        ints(tape, batch.positions(), n),
        ints(tape, batch.segments(), batch.rows(), batch.length()),
        ints(tape, batch.targets(), n));
  }

  private static Tensor ints(Tape tape, int[] values, int... dims) {
    Tensor tensor = tape.take(DType.I32, dims);
    tape.backend().write(values, tensor);
    return tensor;
  }
}
