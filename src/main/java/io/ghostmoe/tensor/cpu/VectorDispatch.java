package io.ghostmoe.tensor.cpu;

import java.util.Arrays;

/** Moves rows between the order of tokens and the order of experts. */
final class VectorDispatch {
  private static final int BLOCK = 128;

  private final WorkerPool pool;
  private final Workspace workspace;

  VectorDispatch(WorkerPool pool, Workspace workspace) {
    this.pool = pool;
    this.workspace = workspace;
  }

  /** Counting sort of the slots by expert, stable; small next to everything else, so serial. */
  void sort(
      int tokens,
      int topK,
      int[] experts,
      int[] segments,
      int[] offsets,
      int[] slotOfRow,
      int[] rowOfSlot) {
    Arrays.fill(offsets, 0);
    int slots = tokens * topK;
    for (int slot = 0; slot < slots; slot++) {
      if (segments[slot / topK] >= 0) {
        offsets[experts[slot] + 1]++;
      }
    }
    int awake = offsets.length - 1;
    for (int e = 0; e < awake; e++) {
      offsets[e + 1] += offsets[e];
    }
    int[] next = Arrays.copyOf(offsets, awake);
    for (int slot = 0; slot < slots; slot++) {
      if (segments[slot / topK] >= 0) {
        int row = next[experts[slot]]++;
        slotOfRow[row] = slot;
        rowOfSlot[slot] = row;
      } else {
        rowOfSlot[slot] = -1;
      }
    }
  }

  /** {@code out_r = x_{slotOfRow[r] / K}} for the first {@code rows} rows. */
  void gather(int rows, int width, int topK, float[] x, int[] slotOfRow, float[] out) {
    pool.run(
        blocks(rows),
        (task, worker) -> {
          int last = Math.min(rows, (task + 1) * BLOCK);
          for (int row = task * BLOCK; row < last; row++) {
            System.arraycopy(x, slotOfRow[row] / topK * width, out, row * width, width);
          }
        });
  }

  /** {@code dX_n (+)= Σ_k dOut_{rowOfSlot[n,k]}}. */
  void gatherBackward(
      int tokens,
      int width,
      int topK,
      float[] dOut,
      int[] rowOfSlot,
      boolean accumulate,
      float[] dX) {
    pool.run(
        blocks(tokens),
        (task, worker) -> {
          int last = Math.min(tokens, (task + 1) * BLOCK);
          for (int n = task * BLOCK; n < last; n++) {
            if (!accumulate) {
              Arrays.fill(dX, n * width, (n + 1) * width, 0f);
            }
            for (int k = 0; k < topK; k++) {
              int row = rowOfSlot[n * topK + k];
              if (row >= 0) {
                VectorMath.axpy(1, dOut, row * width, dX, n * width, width);
              }
            }
          }
        });
  }

  /** {@code out_n = Σ_k gates[n,k]·y_{rowOfSlot[n,k]}}. */
  void combine(
      int tokens, int width, int topK, float[] y, float[] gates, int[] rowOfSlot, float[] out) {
    pool.run(
        blocks(tokens),
        (task, worker) -> {
          int last = Math.min(tokens, (task + 1) * BLOCK);
          for (int n = task * BLOCK; n < last; n++) {
            Arrays.fill(out, n * width, (n + 1) * width, 0f);
            for (int k = 0; k < topK; k++) {
              int slot = n * topK + k;
              if (rowOfSlot[slot] >= 0) {
                VectorMath.axpy(gates[slot], y, rowOfSlot[slot] * width, out, n * width, width);
              }
            }
          }
        });
  }

  /** {@code dY_r = gates[n,k]·dOut_n}, {@code dGates[n,k] = ⟨y_r, dOut_n⟩}. */
  void combineBackward(
      int tokens,
      int width,
      int topK,
      float[] y,
      float[] gates,
      int[] rowOfSlot,
      float[] dOut,
      float[] dY,
      float[] dGates) {
    pool.run(
        blocks(tokens),
        (task, worker) -> {
          float[] scratch = workspace.tile(worker);
          int lastSlot = Math.min(tokens, (task + 1) * BLOCK) * topK;
          for (int slot = task * BLOCK * topK; slot < lastSlot; slot++) {
            int row = rowOfSlot[slot];
            if (row < 0) {
              dGates[slot] = 0;
              continue;
            }
            int n = slot / topK * width;
            VectorMath.scale(gates[slot], dOut, n, dY, row * width, width);
            dGates[slot] = VectorMath.dot(y, row * width, dOut, n, width, scratch);
          }
        });
  }

  private static int blocks(int rows) {
    return (rows + BLOCK - 1) / BLOCK;
  }
}
