package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.Gemm.Matrix;
import io.ghostmoe.tensor.cpu.Gemm.Packed;
import io.ghostmoe.tensor.cpu.Workspace.Use;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Dense layers of many experts at once: rows lie sorted by expert, and a task is a block of rows of
 * one expert.
 */
final class VectorExperts {
  private static final int TILE_ROWS = 2 * MicroKernel.COMMON_ROWS;

  private final WorkerPool pool;
  private final Workspace workspace;

  VectorExperts(WorkerPool pool, Workspace workspace) {
    this.pool = pool;
    this.workspace = workspace;
  }

  /** {@code out_r = x_r·weights[e]ᵀ + biases[e]}. */
  void forward(
      int inputs,
      int outputs,
      float[] x,
      int[] offsets,
      List<Tensor> weights,
      List<Tensor> biases,
      float[] out) {
    int[] many = new int[weights.size()];
    int[] few = new int[weights.size()];
    int all = 0;
    for (int e = 0; e < many.length; e++) {
      int rows = offsets[e + 1] - offsets[e];
      many[e] = rows > FewRows.MOST ? rows : 0;
      few[e] = rows - many[e];
      all += many[e];
    }
    if (all > 0) {
      manyRows(inputs, outputs, x, offsets, many, weights, biases, out);
    }
    if (all < offsets[many.length]) {
      fewRows(inputs, outputs, x, offsets, few, weights, biases, out);
    }
  }

  private void manyRows(
      int inputs,
      int outputs,
      float[] x,
      int[] offsets,
      int[] rowsOf,
      List<Tensor> weights,
      List<Tensor> biases,
      float[] out) {
    Packed[] packed = packAll(weights, rowsOf, inputs, outputs, true);
    Matrix a = Matrix.of(x, inputs);
    Matrix c = Matrix.of(out, outputs);
    rowTiles(
        offsets,
        rowsOf,
        (expert, row, rows, worker) -> {
          float[] bias = HeapBuffer.floats(biases.get(expert));
          int start = row * outputs;
          VectorDense.fillRows(bias, 0, out, start, outputs, rows, outputs);
          Gemm.multiply(
              rows,
              outputs,
              inputs,
              a,
              row * inputs,
              packed[expert],
              0,
              0,
              c,
              start,
              true,
              workspace.tile(worker));
        });
  }

  private void fewRows(
      int inputs,
      int outputs,
      float[] x,
      int[] offsets,
      int[] rowsOf,
      List<Tensor> weights,
      List<Tensor> biases,
      float[] out) {
    int[] starts = new int[rowsOf.length + 1];
    int[] outputsOf = new int[rowsOf.length];
    for (int e = 0; e < rowsOf.length; e++) {
      starts[e + 1] = starts[e] + FewRows.packedLength(rowsOf[e], inputs);
      outputsOf[e] = rowsOf[e] == 0 ? 0 : outputs;
    }
    float[] values = workspace.shared(Use.PACKED, starts[rowsOf.length]);
    FewRows[] rows = new FewRows[rowsOf.length];
    for (int e = 0; e < rows.length; e++) {
      rows[e] = FewRows.pack(x, offsets[e] * inputs, rowsOf[e], inputs, values, starts[e]);
    }
    Blocks blocks = Blocks.of(outputsOf, FewRows.OUTPUTS);
    pool.run(
        blocks.count(),
        (task, worker) -> {
          int e = blocks.owner(task);
          rows[e].multiply(
              outputs,
              HeapBuffer.floats(weights.get(e)),
              HeapBuffer.floats(biases.get(e)),
              task - blocks.first(e),
              out,
              offsets[e] * outputs,
              workspace.ofWorker(worker, FewRows.SCRATCH),
              workspace.tile(worker));
        });
  }

  /** {@code dX_r = dOut_r·weights[e]}. */
  void backwardInput(
      int inputs, int outputs, float[] dOut, int[] offsets, List<Tensor> weights, float[] dX) {
    int[] rowsOf = new int[weights.size()];
    for (int e = 0; e < rowsOf.length; e++) {
      rowsOf[e] = offsets[e + 1] - offsets[e];
    }
    Packed[] packed = packAll(weights, rowsOf, outputs, inputs, false);
    Matrix a = Matrix.of(dOut, outputs);
    Matrix c = Matrix.of(dX, inputs);
    rowTiles(
        offsets,
        rowsOf,
        (expert, row, rows, worker) ->
            Gemm.multiply(
                rows,
                inputs,
                outputs,
                a,
                row * outputs,
                packed[expert],
                0,
                0,
                c,
                row * inputs,
                false,
                workspace.tile(worker)));
  }

  /** {@code dWeights[e] += dOut_eᵀ·x_e}, {@code dBiases[e] += Σ dOut_e}. */
  void backwardParameters(
      int inputs,
      int outputs,
      float[] x,
      float[] dOut,
      int[] offsets,
      List<Tensor> dWeights,
      List<Tensor> dBiases) {
    int experts = dWeights.size();
    Packed[] packed = packRows(inputs, x, offsets, experts);
    int tiles = (outputs + TILE_ROWS - 1) / TILE_ROWS;
    Matrix a = Matrix.of(dOut, outputs).transposed();
    pool.run(
        experts * tiles,
        (task, worker) -> {
          int expert = task / tiles;
          int first = task % tiles * TILE_ROWS;
          int rows = Math.min(TILE_ROWS, outputs - first);
          int depth = offsets[expert + 1] - offsets[expert];
          Gemm.multiply(
              rows,
              inputs,
              depth,
              a,
              offsets[expert] * outputs + first,
              packed[expert],
              0,
              0,
              Matrix.of(HeapBuffer.floats(dWeights.get(expert)), inputs),
              first * inputs,
              true,
              workspace.tile(worker));
          VectorDense.addColumnSums(
              dOut,
              offsets[expert],
              offsets[expert + 1],
              outputs,
              first,
              first + rows,
              HeapBuffer.floats(dBiases.get(expert)));
        });
  }

  /** The weights [O,I] of every expert that has rows as B [depth, columns], transposed or not. */
  private Packed[] packAll(
      List<Tensor> weights, int[] rowsOf, int depth, int columns, boolean transposed) {
    int[] busy = IntStream.range(0, rowsOf.length).filter(e -> rowsOf[e] > 0).toArray();
    int length = Gemm.packedLength(depth, columns);
    float[] values = workspace.shared(Use.PACKED, Math.multiplyExact(length, busy.length));
    Packed[] packed = new Packed[rowsOf.length];
    for (int i = 0; i < busy.length; i++) {
      packed[busy[i]] = new Packed(values, i * length, depth, columns);
    }
    int panels = Gemm.panels(columns);
    pool.run(
        busy.length * panels,
        (task, worker) -> {
          int expert = busy[task / panels];
          float[] weight = HeapBuffer.floats(weights.get(expert));
          Matrix b =
              transposed ? Matrix.of(weight, depth).transposed() : Matrix.of(weight, columns);
          Gemm.packPanel(b, task % panels, packed[expert]);
        });
    return packed;
  }

  /** Every expert's rows of x as B [rows of e, inputs]. */
  private Packed[] packRows(int inputs, float[] x, int[] offsets, int experts) {
    int panels = Gemm.panels(inputs);
    int width = Gemm.paddedColumns(inputs);
    float[] values = workspace.shared(Use.PACKED, Math.multiplyExact(width, offsets[experts]));
    Packed[] packed = new Packed[experts];
    for (int e = 0; e < experts; e++) {
      packed[e] = new Packed(values, offsets[e] * width, offsets[e + 1] - offsets[e], inputs);
    }
    pool.run(
        experts * panels,
        (task, worker) -> {
          int expert = task / panels;
          Matrix b = Matrix.of(x, inputs).at(offsets[expert], 0);
          Gemm.packPanel(b, task % panels, packed[expert]);
        });
    return packed;
  }

  @FunctionalInterface
  private interface RowTile {
    void run(int expert, int row, int rows, int worker);
  }

  /**
   * Cuts the rows of each expert that has {@code rowsOf} some into tiles of at most {@link
   * #TILE_ROWS}, one a task.
   */
  private void rowTiles(int[] offsets, int[] rowsOf, RowTile tile) {
    Blocks blocks = Blocks.of(rowsOf, TILE_ROWS);
    pool.run(
        blocks.count(),
        (task, worker) -> {
          int expert = blocks.owner(task);
          int row = offsets[expert] + blocks.from(task, expert);
          tile.run(expert, row, Math.min(TILE_ROWS, offsets[expert + 1] - row), worker);
        });
  }
}
