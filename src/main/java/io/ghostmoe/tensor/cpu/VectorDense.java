package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import io.ghostmoe.tensor.cpu.Gemm.Matrix;
import io.ghostmoe.tensor.cpu.Gemm.Packed;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** Dense layers: matrix products cut into tiles of the output, one tile a task. */
final class VectorDense {
  /** Rows of a task's tile: a multiple of the micro-kernel's. */
  private static final int TILE_ROWS = 2 * MicroKernel.COMMON_ROWS;

  /** Columns of a task's tile, at most. */
  private static final int TILE_COLUMNS = 768 / MicroKernel.COLUMNS * MicroKernel.COLUMNS;

  private final WorkerPool pool;
  private final Workspace workspace;

  VectorDense(WorkerPool pool, Workspace workspace) {
    this.pool = pool;
    this.workspace = workspace;
  }

  /** {@code out [N,O] = x [N,I]·weightᵀ + bias}. */
  void linear(
      int n,
      int inputs,
      int outputs,
      float[] x,
      float[] weight,
      float @Nullable [] bias,
      float[] out) {
    if (n <= FewRows.MOST) {
      linearOfFewRows(n, inputs, outputs, x, weight, bias, out);
      return;
    }
    Matrix b = Matrix.of(weight, inputs).transposed();
    product(n, outputs, inputs, Matrix.of(x, inputs), b, Matrix.of(out, outputs), bias, false);
  }

  /** {@code dX [N,I] (+)= dOut [N,O]·weight [O,I]}. */
  void backwardInput(
      int n,
      int inputs,
      int outputs,
      float[] dOut,
      float[] weight,
      boolean accumulate,
      float[] dX) {
    Matrix a = Matrix.of(dOut, outputs);
    Matrix b = Matrix.of(weight, inputs);
    product(n, inputs, outputs, a, b, Matrix.of(dX, inputs), null, accumulate);
  }

  /** {@code dWeight [O,I] += dOutᵀ·x}, {@code dBias [O] += Σ_n dOut_n}. */
  void backwardParameters(
      int n,
      int inputs,
      int outputs,
      float[] x,
      float[] dOut,
      float[] dWeight,
      float @Nullable [] dBias) {
    Matrix a = Matrix.of(dOut, outputs).transposed();
    product(outputs, inputs, n, a, Matrix.of(x, inputs), Matrix.of(dWeight, inputs), null, true);
    if (dBias != null) {
      int width = 16 * LANES;
      pool.run(
          (outputs + width - 1) / width,
          (task, worker) -> {
            int first = task * width;
            addColumnSums(dOut, 0, n, outputs, first, Math.min(outputs, first + width), dBias);
          });
    }
  }

  /** {@code C = A·B + bias}, or {@code C += A·B}. */
  private void product(
      int rows,
      int columns,
      int depth,
      Matrix a,
      Matrix b,
      Matrix c,
      float @Nullable [] bias,
      boolean accumulate) {
    float[] values = workspace.shared(Workspace.Use.PACKED, Gemm.packedLength(depth, columns));
    Packed packed = new Packed(values, 0, depth, columns);
    pool.run(Gemm.panels(columns), (panel, worker) -> Gemm.packPanel(b, panel, packed));
    int height = tileRows(rows, columns);
    int down = (rows + height - 1) / height;
    int across = (columns + TILE_COLUMNS - 1) / TILE_COLUMNS;
    pool.run(
        down * across,
        (task, worker) -> {
          int row = task / across * height;
          int column = task % across * TILE_COLUMNS;
          int tall = Math.min(height, rows - row);
          int wide = Math.min(TILE_COLUMNS, columns - column);
          int start = c.index(row, column);
          if (bias != null) {
            fillRows(bias, column, c.values(), start, c.rowStride(), tall, wide);
          }
          Gemm.multiply(
              tall,
              wide,
              depth,
              a,
              a.index(row, 0),
              packed,
              0,
              column,
              c,
              start,
              accumulate || bias != null,
              workspace.tile(worker));
        });
  }

  /** At least eight tiles where the micro-kernel allows it, so that threads have work to share. */
  static int tileRows(int rows, int columns) {
    int unit =
        MicroKernel.rows(columns <= MicroKernel.NARROW ? MicroKernel.NARROW : MicroKernel.COLUMNS);
    return Math.clamp((long) Math.ceilDiv(rows / 8, unit) * unit, unit, TILE_ROWS);
  }

  /**
   * Sets {@code rows} rows of C, the first at {@code start}, to the bias from {@code column} on.
   */
  static void fillRows(
      float[] bias, int column, float[] c, int start, int stride, int rows, int columns) {
    for (int i = 0; i < rows; i++) {
      System.arraycopy(bias, column, c, start + i * stride, columns);
    }
  }

  private void linearOfFewRows(
      int n,
      int inputs,
      int outputs,
      float[] x,
      float[] weight,
      float @Nullable [] bias,
      float[] out) {
    float[] values = workspace.shared(Workspace.Use.PACKED, FewRows.packedLength(n, inputs));
    FewRows rows = FewRows.pack(x, 0, n, inputs, values, 0);
    pool.run(
        Math.ceilDiv(outputs, FewRows.OUTPUTS),
        (task, worker) -> {
          float[] scratch = workspace.ofWorker(worker, FewRows.SCRATCH);
          rows.multiply(outputs, weight, bias, task, out, 0, scratch, workspace.tile(worker));
        });
  }

  /**
   * {@code target[j] += Σ_i m[i, j]} for columns [firstColumn, lastColumn) and rows [firstRow,
   * lastRow), added in the order of the rows.
   */
  static void addColumnSums(
      float[] m,
      int firstRow,
      int lastRow,
      int stride,
      int firstColumn,
      int lastColumn,
      float[] target) {
    int j = firstColumn;
    for (; j <= lastColumn - LANES; j += LANES) {
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int i = firstRow; i < lastRow; i++) {
        sum = sum.add(FloatVector.fromArray(SPECIES, m, i * stride + j));
      }
      FloatVector.fromArray(SPECIES, target, j).add(sum).intoArray(target, j);
    }
    for (; j < lastColumn; j++) {
      float sum = 0;
      for (int i = firstRow; i < lastRow; i++) {
        sum += m[i * stride + j];
      }
      target[j] += sum;
    }
  }
}
