package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import io.ghostmoe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What is measured and not learned: norms, and what experts and their layer do to tokens. Every sum
 * is taken in double, within blocks first and then over the blocks in their order.
 */
final class VectorStatistics {
  private static final int ELEMENTS = 1 << 14;
  private static final int ROWS = 128;
  private static final int COLUMNS = Workspace.DOUBLES;
  private static final VectorSpecies<Double> DOUBLES =
      VectorSpecies.of(double.class, SPECIES.vectorShape());

  private final WorkerPool pool;
  private final Workspace workspace;

  VectorStatistics(WorkerPool pool, Workspace workspace) {
    this.pool = pool;
    this.workspace = workspace;
  }

  /** √(Σ x²) of each group of tensors. */
  void norms(List<List<Tensor>> groups, float[] out) {
    float[][] arrays =
        groups.stream().flatMap(List::stream).map(HeapBuffer::floats).toArray(float[][]::new);
    int[] lengths = new int[arrays.length];
    for (int i = 0; i < arrays.length; i++) {
      lengths[i] = arrays[i].length;
    }
    Blocks blocks = Blocks.of(lengths, ELEMENTS);
    double[] squares = new double[blocks.count()];
    pool.run(
        blocks.count(),
        (task, worker) -> {
          int array = blocks.owner(task);
          int from = blocks.from(task, array);
          int to = from + Math.min(ELEMENTS, lengths[array] - from);
          squares[task] = sumOfSquares(arrays[array], from, to, workspace.doubles(worker));
        });
    int array = 0;
    for (int i = 0; i < out.length; i++) {
      int last = array + groups.get(i).size();
      out[i] = (float) Math.sqrt(sum(squares, blocks.first(array), blocks.first(last)));
      array = last;
    }
  }

  /** Σ gates[slotOfRow[r]]·‖y_r‖ over each expert's rows. */
  void utility(
      int width, float[] y, float[] gates, int[] offsets, int[] slotOfRow, float[] utility) {
    Blocks blocks = Blocks.ofRows(offsets, ROWS);
    double[] sums = new double[blocks.count()];
    pool.run(
        blocks.count(),
        (task, worker) -> {
          double[] lanes = workspace.doubles(worker);
          int expert = blocks.owner(task);
          int from = offsets[expert] + blocks.from(task, expert);
          int to = Math.min(offsets[expert + 1], from + ROWS);
          double sum = 0;
          for (int row = from; row < to; row++) {
            double squares = sumOfSquares(y, row * width, (row + 1) * width, lanes);
            sum += gates[slotOfRow[row]] * Math.sqrt(squares);
          }
          sums[task] = sum;
        });
    for (int e = 0; e < utility.length; e++) {
      utility[e] = (float) sum(sums, blocks.first(e), blocks.first(e + 1));
    }
  }

  private static double sum(double[] values, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += values[i];
    }
    return sum;
  }

  /** Σ y_r over each expert's rows; a task adds a strip of one expert's columns, row by row. */
  void sums(int width, float[] y, int[] offsets, float[] sums) {
    int strips = (width + COLUMNS - 1) / COLUMNS;
    pool.run(
        (offsets.length - 1) * strips,
        (task, worker) -> {
          int expert = task / strips;
          int column = task % strips * COLUMNS;
          int columns = Math.min(COLUMNS, width - column);
          double[] strip = workspace.doubles(worker);
          Arrays.fill(strip, 0, columns, 0);
          for (int row = offsets[expert]; row < offsets[expert + 1]; row++) {
            add(y, row * width + column, columns, strip);
          }
          for (int i = 0; i < columns; i++) {
            sums[expert * width + column + i] = (float) strip[i];
          }
        });
  }

  /** {@code sums_i += x_{from+i}} for i below {@code count}. */
  private static void add(float[] x, int from, int count, double[] sums) {
    int doubles = DOUBLES.length();
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      FloatVector value = FloatVector.fromArray(SPECIES, x, from + i);
      DoubleVector.fromArray(DOUBLES, sums, i)
          .add(value.convertShape(VectorOperators.F2D, DOUBLES, 0))
          .intoArray(sums, i);
      DoubleVector.fromArray(DOUBLES, sums, i + doubles)
          .add(value.convertShape(VectorOperators.F2D, DOUBLES, 1))
          .intoArray(sums, i + doubles);
    }
    for (; i < count; i++) {
      sums[i] += x[from + i];
    }
  }

  /** (Σ⟨x_n,y_n⟩, Σ‖x_n‖², Σ‖y_n‖²) over the tokens whose segment is not −1. */
  void alignment(int tokens, int width, float[] x, float[] y, int[] segments, float[] out) {
    int tasks = (tokens + ROWS - 1) / ROWS;
    double[][] sums = new double[tasks][3];
    pool.run(
        tasks,
        (task, worker) -> {
          int end = Math.min(tokens, (task + 1) * ROWS);
          double[] lanes = workspace.doubles(worker);
          int first = task * ROWS;
          while (first < end) {
            int last = first;
            while (last < end && segments[last] >= 0) {
              last++;
            }
            addProducts(x, y, first * width, last * width, sums[task], lanes);
            first = last + 1;
          }
        });
    for (int i = 0; i < 3; i++) {
      double sum = 0;
      for (double[] block : sums) {
        sum += block[i];
      }
      out[i] = (float) sum;
    }
  }

  /** Adds (⟨x,y⟩, ‖x‖², ‖y‖²) of elements [from, to) to {@code sums}. */
  private static void addProducts(
      float[] x, float[] y, int from, int to, double[] sums, double[] lanes) {
    DoubleVector xy = DoubleVector.zero(DOUBLES);
    DoubleVector xx = xy;
    DoubleVector yy = xy;
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      FloatVector a = FloatVector.fromArray(SPECIES, x, i);
      FloatVector b = FloatVector.fromArray(SPECIES, y, i);
      DoubleVector aLow = (DoubleVector) a.convertShape(VectorOperators.F2D, DOUBLES, 0);
      DoubleVector aHigh = (DoubleVector) a.convertShape(VectorOperators.F2D, DOUBLES, 1);
      DoubleVector bLow = (DoubleVector) b.convertShape(VectorOperators.F2D, DOUBLES, 0);
      DoubleVector bHigh = (DoubleVector) b.convertShape(VectorOperators.F2D, DOUBLES, 1);
      xy = aHigh.fma(bHigh, aLow.fma(bLow, xy));
      xx = aHigh.fma(aHigh, aLow.fma(aLow, xx));
      yy = bHigh.fma(bHigh, bLow.fma(bLow, yy));
    }
    int doubles = DOUBLES.length();
    xy.intoArray(lanes, 0);
    sums[0] += sum(lanes, 0, doubles);
    xx.intoArray(lanes, 0);
    sums[1] += sum(lanes, 0, doubles);
    yy.intoArray(lanes, 0);
    sums[2] += sum(lanes, 0, doubles);
    for (; i < to; i++) {
      sums[0] += (double) x[i] * y[i];
      sums[1] += (double) x[i] * x[i];
      sums[2] += (double) y[i] * y[i];
    }
  }

  /**
   * Σ x² of elements [from, to).
   *
   * @param lanes scratch memory for the lanes of a vector
   */
  private static double sumOfSquares(float[] x, int from, int to, double[] lanes) {
    DoubleVector low = DoubleVector.zero(DOUBLES);
    DoubleVector high = low;
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      FloatVector value = FloatVector.fromArray(SPECIES, x, i);
      DoubleVector a = (DoubleVector) value.convertShape(VectorOperators.F2D, DOUBLES, 0);
      DoubleVector b = (DoubleVector) value.convertShape(VectorOperators.F2D, DOUBLES, 1);
      low = a.fma(a, low);
      high = b.fma(b, high);
    }
    low.add(high).intoArray(lanes, 0);
    double sum = sum(lanes, 0, DOUBLES.length());
    for (; i < to; i++) {
      sum += (double) x[i] * x[i];
    }
    return sum;
  }
}
