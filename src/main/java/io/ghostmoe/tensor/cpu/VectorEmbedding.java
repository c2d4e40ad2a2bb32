package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** Embedding lookup, and its gradient by a counting sort so that no two tasks share a row. */
final class VectorEmbedding {
  private static final int BLOCK = 128;

  private final WorkerPool pool;
  private final Workspace workspace;

  VectorEmbedding(WorkerPool pool, Workspace workspace) {
    this.pool = pool;
    this.workspace = workspace;
  }

  void forward(
      int n,
      int width,
      int[] ids,
      int[] positions,
      float[] tokenTable,
      float[] positionTable,
      float[] out) {
    pool.run(
        (n + BLOCK - 1) / BLOCK,
        (task, worker) -> {
          int last = Math.min(n, (task + 1) * BLOCK);
          for (int row = task * BLOCK; row < last; row++) {
            addRows(
                tokenTable,
                ids[row] * width,
                positionTable,
                positions[row] * width,
                out,
                row * width,
                width);
          }
        });
  }

  private static void addRows(
      float[] a, int aOffset, float[] b, int bOffset, float[] out, int outOffset, int width) {
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      FloatVector.fromArray(SPECIES, a, aOffset + i)
          .add(FloatVector.fromArray(SPECIES, b, bOffset + i))
          .intoArray(out, outOffset + i);
    }
    for (; i < width; i++) {
      out[outOffset + i] = a[aOffset + i] + b[bOffset + i];
    }
  }

  /** {@code dTable[keys_n] += dOut_n}, each row's terms in the order of n. */
  void backward(int n, int width, int[] keys, int rows, float[] dOut, float[] dTable) {
    int[] ints = workspace.ints(rows + 1 + n);
    sortStably(n, keys, rows, ints);
    int sorted = rows + 1;
    pool.run(
        (n + BLOCK - 1) / BLOCK,
        (task, worker) -> {
          int last = Math.min(n, (task + 1) * BLOCK);
          int i = task * BLOCK;
          // the rows of a key belong to the task in which the key's first row lies
          while (i > 0
              && i < last
              && key(keys, ints, sorted + i) == key(keys, ints, sorted + i - 1)) {
            i++;
          }
          while (i < last) {
            int key = key(keys, ints, sorted + i);
            for (; i < n && key(keys, ints, sorted + i) == key; i++) {
              VectorMath.axpy(1, dOut, ints[sorted + i] * width, dTable, key * width, width);
            }
          }
        });
  }

  private static int key(int[] keys, int[] ints, int at) {
    return keys[ints[at]];
  }

  /** Counting sort: {@code ints[rows+1 …]} receives 0 … n−1 ordered by key, ties by index. */
  private static void sortStably(int n, int[] keys, int rows, int[] ints) {
    Arrays.fill(ints, 0, rows + 1, 0);
    for (int i = 0; i < n; i++) {
      ints[keys[i] + 1]++;
    }
    for (int row = 0; row < rows; row++) {
      ints[row + 1] += ints[row];
    }
    for (int i = 0; i < n; i++) {
      ints[rows + 1 + ints[keys[i]]++] = i;
    }
  }
}
