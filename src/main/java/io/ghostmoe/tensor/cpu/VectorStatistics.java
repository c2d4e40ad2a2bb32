package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import io.ghostmoe.tensor.Tensor;
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
  private static final VectorSpecies<Double> DOUBLES =
      VectorSpecies.of(double.class, SPECIES.vectorShape());

  private final WorkerPool pool;

  VectorStatistics(WorkerPool pool) {
    this.pool = pool;
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
          squares[task] = sumOfSquares(arrays[array], from, to, new double[LANES]);
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
    Blocks blocks = rowBlocks(offsets);
    double[] sums = new double[blocks.count()];
    pool.run(
        blocks.count(),
        (task, worker) -> {
          double[] lanes = new double[LANES];
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

  /** Each expert's rows in blocks of at most {@link #ROWS}. */
  private static Blocks rowBlocks(int[] offsets) {
    int[] rows = new int[offsets.length - 1];
    for (int e = 0; e < rows.length; e++) {
      rows[e] = offsets[e + 1] - offsets[e];
    }
    return Blocks.of(rows, ROWS);
  }

  private static double sum(double[] values, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += values[i];
    }
    return sum;
  }

  /** Σ y_r over each expert's rows; a task adds some columns of one expert, row by row. */
  void sums(int width, float[] y, int[] offsets, float[] sums) {
    int strips = (width + LANES - 1) / LANES;
    pool.run(
        (offsets.length - 1) * strips,
        (task, worker) -> {
          int expert = task / strips;
          int column = task % strips * LANES;
          int first = offsets[expert];
          int last = offsets[expert + 1];
          if (column <= width - LANES) {
            addLanes(width, y, first, last, column, sums, expert * width);
          } else {
            for (int c = column; c < width; c++) {
              double sum = 0;
              for (int row = first; row < last; row++) {
                sum += y[row * width + c];
              }
              sums[expert * width + c] = (float) sum;
            }
          }
        });
  }

  private static void addLanes(
      int width, float[] y, int first, int last, int column, float[] sums, int target) {
    DoubleVector low = DoubleVector.zero(DOUBLES);
    DoubleVector high = low;
    for (int row = first; row < last; row++) {
      FloatVector value = FloatVector.fromArray(SPECIES, y, row * width + column);
      low = low.add(value.convertShape(VectorOperators.F2D, DOUBLES, 0));
      high = high.add(value.convertShape(VectorOperators.F2D, DOUBLES, 1));
    }
    double[] lanes = new double[LANES];
    low.intoArray(lanes, 0);
    high.intoArray(lanes, LANES / 2);
    for (int i = 0; i < LANES; i++) {
      sums[target + column + i] = (float) lanes[i];
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
          double[] lanes = new double[LANES];
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
