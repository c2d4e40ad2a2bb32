package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.Gemm.Matrix;
import io.ghostmoe.tensor.cpu.Gemm.Packed;
import java.util.List;

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
    Packed[] packed = packAll(weights, inputs, outputs, true);
    rowTiles(
        offsets,
        (expert, row, rows, worker) -> {
          Matrix c = Matrix.of(out, outputs).at(row, 0);
          VectorDense.fillRows(HeapBuffer.floats(biases.get(expert)), 0, c, rows, outputs);
          Gemm.multiply(
              rows,
              outputs,
              inputs,
              Matrix.of(x, inputs).at(row, 0),
              packed[expert],
              0,
              0,
              c,
              true,
              workspace.tile(worker));
        });
  }

  /** {@code dX_r = dOut_r·weights[e]}. */
  void backwardInput(
      int inputs, int outputs, float[] dOut, int[] offsets, List<Tensor> weights, float[] dX) {
    Packed[] packed = packAll(weights, outputs, inputs, false);
    rowTiles(
        offsets,
        (expert, row, rows, worker) ->
            Gemm.multiply(
                rows,
                inputs,
                outputs,
                Matrix.of(dOut, outputs).at(row, 0),
                packed[expert],
                0,
                0,
                Matrix.of(dX, inputs).at(row, 0),
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
              Matrix.of(dOut, outputs).at(offsets[expert], first).transposed(),
              packed[expert],
              0,
              0,
              Matrix.of(HeapBuffer.floats(dWeights.get(expert)), inputs).at(first, 0),
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

  /** Every expert's weights [O,I] as B [depth, columns], transposed or not. */
  private Packed[] packAll(List<Tensor> weights, int depth, int columns, boolean transposed) {
    int experts = weights.size();
    int length = Gemm.packedLength(depth, columns);
    float[] values = workspace.shared(Workspace.Use.PACKED, Math.multiplyExact(length, experts));
    Packed[] packed = new Packed[experts];
    for (int e = 0; e < experts; e++) {
      packed[e] = new Packed(values, e * length, depth, columns);
    }
    int panels = Gemm.panels(columns);
    pool.run(
        experts * panels,
        (task, worker) -> {
          int expert = task / panels;
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
    float[] values =
        workspace.shared(Workspace.Use.PACKED, Math.multiplyExact(width, offsets[experts]));
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

  /** Cuts each expert's rows into tiles of at most {@link #TILE_ROWS}, one a task. */
  private void rowTiles(int[] offsets, RowTile tile) {
    Blocks blocks = Blocks.ofRows(offsets, TILE_ROWS);
    pool.run(
        blocks.count(),
        (task, worker) -> {
          int expert = blocks.owner(task);
          int row = offsets[expert] + blocks.from(task, expert);
          tile.run(expert, row, Math.min(TILE_ROWS, offsets[expert + 1] - row), worker);
        });
  }
}
