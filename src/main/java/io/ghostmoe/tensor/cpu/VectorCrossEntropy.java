package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.MicroKernel.COLUMNS;
import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import io.ghostmoe.tensor.cpu.Gemm.Matrix;
import io.ghostmoe.tensor.cpu.Gemm.Packed;
import io.ghostmoe.tensor.cpu.Workspace.Use;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * The head and its loss without the logits: for a block of tokens the exponentials of all logits
 * are computed once, kept unnormalised, and used for all three gradients.
 *
 * <p>The vocabulary is cut into a fixed number of slots, one a task; tokens lie along the vector
 * lanes, so that references and sums run over the vocabulary without crossing lanes. A slot works
 * through chunks of rows, whose exponentials refer to the greatest logit so far, or to an earlier
 * one that is at most {@link #SLACK} smaller. Chunk and token have their reference remembered, so
 * that one factor, {@code e^(reference − lse)·scale}, turns exponentials into gradients of the
 * logits; as long as no reference moves, chunks share the factors, and what is scaled by them. The
 * target's own −1 is a sparse correction.
 */
final class VectorCrossEntropy {
  private static final int SLOTS = 16;

  /** Rows of the vocabulary that are worked on while they are in the cache. */
  private static final int CHUNK = 4 * MicroKernel.COMMON_ROWS;

  /**
   * How far the exponents may reach above 0 before a reference follows: three bits of the
   * argument's 24 then stand before the point, where otherwise none does.
   */
  private static final float SLACK = 7;

  private final WorkerPool pool;
  private final Workspace workspace;

  VectorCrossEntropy(WorkerPool pool, Workspace workspace) {
    this.pool = pool;
    this.workspace = workspace;
  }

  /** The operands of one call. */
  record Head(int width, int vocabulary, float[] x, float[] weight, float[] bias, int[] targets) {}

  /** Where the gradients go; {@code dX} is zeroed by the caller. */
  record Gradients(float scale, float[] dX, float[] dWeight, float[] dBias) {}

  /**
   * Tokens of a block. A wide head is worth a larger block: its weights are then read less often.
   */
  private static int blockTokens(int width) {
    return Math.max(COLUMNS, width < 128 ? 64 : 128);
  }

  /** Losses alone. */
  void losses(Head head, float[] losses) {
    run(head, losses, null);
  }

  /** Losses and gradients. */
  void lossesAndGradients(Head head, float[] losses, Gradients gradients) {
    run(head, losses, gradients);
  }

  private void run(
      Head head, float[] losses, @org.jspecify.annotations.Nullable Gradients gradients) {
    Arrays.fill(losses, 0f);
    int tokens = blockTokens(head.width);
    int[] block = new int[tokens];
    int filled = 0;
    Block work = new Block(head, tokens, gradients != null);
    for (int n = 0; n < head.targets.length; n++) {
      if (head.targets[n] >= 0) {
        block[filled++] = n;
      }
      if (filled == tokens || (n == head.targets.length - 1 && filled > 0)) {
        work.forward(block, filled, losses);
        if (gradients != null) {
          work.backward(block, filled, gradients);
        }
        filled = 0;
      }
    }
  }

  /** One block of tokens with target, against the whole vocabulary. */
  private final class Block {
    private final Head head;
    private final int tokens;
    private final boolean keep;
    private final int slots;
    private final int chunksPerSlot;
    private final float[] rows;
    private final Packed packedRows;
    private final float[] exponentials;
    private final float[] references;
    private final float[] sums;
    private final float[] lse;
    private final float[] partials;

    Block(Head head, int tokens, boolean keep) {
      this.head = head;
      this.tokens = tokens;
      this.keep = keep;
      slots = Math.min(SLOTS, (head.vocabulary + CHUNK - 1) / CHUNK);
      chunksPerSlot = (slotRows() + CHUNK - 1) / CHUNK;
      rows = workspace.shared(Use.ROWS, tokens * head.width);
      int packedLength = Gemm.packedLength(head.width, tokens);
      packedRows =
          new Packed(workspace.shared(Use.PACKED_ROWS, packedLength), 0, head.width, tokens);
      exponentials =
          keep
              ? workspace.shared(Use.PROBABILITIES, Math.multiplyExact(head.vocabulary, tokens))
              : new float[0];
      references = workspace.shared(Use.REFERENCES, slots * chunksPerSlot * tokens);
      sums = workspace.shared(Use.SUMS, slots * tokens);
      lse = workspace.shared(Use.LOG_SUMS, tokens);
      partials = workspace.shared(Use.PARTIALS, keep ? slots * tokens * head.width : 0);
    }

    /** Rows of a slot, but for the last, which may have fewer. */
    private int slotRows() {
      int even = (head.vocabulary + slots - 1) / slots;
      return Math.ceilDiv(even, MicroKernel.COMMON_ROWS) * MicroKernel.COMMON_ROWS;
    }

    private int firstRow(int slot) {
      return Math.min(head.vocabulary, slot * slotRows());
    }

    void forward(int[] block, int filled, float[] losses) {
      int width = head.width;
      for (int i = 0; i < tokens; i++) {
        if (i < filled) {
          System.arraycopy(head.x, block[i] * width, rows, i * width, width);
        } else {
          Arrays.fill(rows, i * width, (i + 1) * width, 0f);
        }
      }
      Gemm.pack(Matrix.of(rows, width).transposed(), packedRows);
      pool.run(slots, this::forwardSlot);
      logSums();
      for (int i = 0; i < filled; i++) {
        int target = head.targets[block[i]];
        float logit =
            VectorMath.dot(rows, i * width, head.weight, target * width, width, workspace.tile(0))
                + head.bias[target];
        losses[block[i]] = lse[i] - logit;
      }
    }

    private void forwardSlot(int slot, int worker) {
      int end = firstRow(slot + 1);
      Arrays.fill(sums, slot * tokens, (slot + 1) * tokens, 0f);
      int chunk = slot * chunksPerSlot;
      for (int v = firstRow(slot); v < end; v += CHUNK, chunk++) {
        int count = Math.min(CHUNK, end - v);
        Matrix e =
            keep
                ? new Matrix(exponentials, v * tokens, tokens, 1)
                : new Matrix(workspace.ofWorker(worker, CHUNK * tokens), 0, tokens, 1);
        Gemm.multiply(
            count,
            tokens,
            head.width,
            Matrix.of(head.weight, head.width).at(v, 0),
            packedRows,
            0,
            0,
            e,
            false,
            workspace.tile(worker));
        boolean first = v == firstRow(slot);
        for (int t = 0; t < tokens; t += LANES) {
          exponentiate(
              e.values(), e.offset() + t, v, count, first, chunk * tokens + t, slot * tokens + t);
        }
      }
    }

    /** One vector of tokens through a chunk: reference, exponentials, running sum. */
    private void exponentiate(
        float[] e, int at, int row, int count, boolean first, int referenceAt, int sumAt) {
      float[] bias = head.bias;
      FloatVector before =
          first
              ? FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY)
              : FloatVector.fromArray(SPECIES, references, referenceAt - tokens);
      FloatVector max = before;
      for (int v = row, i = at; v < row + count; v++, i += tokens) {
        max = VectorMath.greater(max, FloatVector.fromArray(SPECIES, e, i).add(bias[v]));
      }
      FloatVector reference = before.blend(max, before.add(SLACK).lt(max));
      FloatVector sum =
          FloatVector.fromArray(SPECIES, sums, sumAt).mul(VectorMath.exp(before.sub(reference)));
      for (int v = row, i = at; v < row + count; v++, i += tokens) {
        FloatVector logit = FloatVector.fromArray(SPECIES, e, i).add(bias[v]);
        FloatVector value = VectorMath.exp(logit.sub(reference));
        value.intoArray(e, i);
        sum = sum.add(value);
      }
      reference.intoArray(references, referenceAt);
      sum.intoArray(sums, sumAt);
    }

    private int lastChunk(int slot) {
      int count = firstRow(slot + 1) - firstRow(slot);
      return slot * chunksPerSlot + Math.max(0, (count + CHUNK - 1) / CHUNK - 1);
    }

    /** lse = max + ln Σ_slots sum·e^(slot's reference − max), slots in their order. */
    private void logSums() {
      for (int t = 0; t < tokens; t += LANES) {
        FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int slot = 0; slot < slots; slot++) {
          if (firstRow(slot) < firstRow(slot + 1)) {
            max =
                VectorMath.greater(
                    max, FloatVector.fromArray(SPECIES, references, lastChunk(slot) * tokens + t));
          }
        }
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int slot = 0; slot < slots; slot++) {
          if (firstRow(slot) < firstRow(slot + 1)) {
            FloatVector slotReference =
                FloatVector.fromArray(SPECIES, references, lastChunk(slot) * tokens + t);
            sum =
                FloatVector.fromArray(SPECIES, sums, slot * tokens + t)
                    .fma(VectorMath.exp(slotReference.sub(max)), sum);
          }
        }
        for (int lane = 0; lane < LANES; lane++) {
          lse[t + lane] = max.lane(lane) + (float) StrictMath.log(sum.lane(lane));
        }
      }
    }

    void backward(int[] block, int filled, Gradients gradients) {
      pool.run(slots, (slot, worker) -> backwardSlot(slot, worker, block, filled, gradients));
      int width = head.width;
      pool.run(
          filled,
          (i, worker) -> {
            float[] dX = gradients.dX;
            int at = block[i] * width;
            for (int slot = 0; slot < slots; slot++) {
              VectorMath.axpy(1, partials, (slot * tokens + i) * width, dX, at, width);
            }
            int target = head.targets[block[i]] * width;
            VectorMath.axpy(-gradients.scale, head.weight, target, dX, at, width);
          });
    }

    private void backwardSlot(int slot, int worker, int[] block, int filled, Gradients gradients) {
      int width = head.width;
      int start = firstRow(slot);
      int end = firstRow(slot + 1);
      int packedX = Gemm.packedLength(tokens, width);
      int packedW = Gemm.packedLength(CHUNK, width);
      float[] scratch = workspace.ofWorker(worker, packedX + packedW + tokens * width + 2 * tokens);
      int product = packedX + packedW;
      int factors = product + tokens * width;
      int partial = slot * tokens * width;
      Packed x = new Packed(scratch, 0, tokens, width);
      Matrix sum = new Matrix(scratch, product, width, 1);
      Arrays.fill(partials, partial, partial + tokens * width, 0f);
      int chunk = slot * chunksPerSlot;
      for (int v = start; v < end; v += CHUNK, chunk++) {
        int count = Math.min(CHUNK, end - v);
        boolean moved = v == start || !hasReferencesOfTheOneBefore(chunk);
        if (moved) {
          if (v > start) {
            addScaled(scratch, factors, product, partial, filled);
          }
          factors(chunk, filled, gradients.scale, scratch, factors);
          packScaledRows(scratch, factors, x);
        }
        Matrix e = new Matrix(exponentials, v * tokens, tokens, 1);
        Matrix dW = Matrix.of(gradients.dWeight, width).at(v, 0);
        float[] tile = workspace.tile(worker);
        Gemm.multiply(count, width, tokens, e, x, 0, 0, dW, true, tile);
        biasGradients(e, count, scratch, factors, gradients.dBias, v, tile);
        Packed w = new Packed(scratch, packedX, count, width);
        Gemm.pack(Matrix.of(head.weight, width).at(v, 0), w);
        Gemm.multiply(tokens, width, count, e.transposed(), w, 0, 0, sum, !moved, tile);
      }
      if (start < end) {
        addScaled(scratch, factors, product, partial, filled);
      }
      for (int i = 0; i < filled; i++) {
        int target = head.targets[block[i]];
        if (target >= start && target < end) {
          VectorMath.axpy(
              -gradients.scale, rows, i * width, gradients.dWeight, target * width, width);
          gradients.dBias[target] -= gradients.scale;
        }
      }
    }

    private boolean hasReferencesOfTheOneBefore(int chunk) {
      int at = chunk * tokens;
      return Arrays.equals(references, at - tokens, at, references, at, at + tokens);
    }

    /** The slot's part of dX, from sums over chunks that share their factors. */
    private void addScaled(float[] scratch, int factors, int product, int partial, int filled) {
      int width = head.width;
      for (int t = 0; t < filled; t++) {
        float factor = scratch[factors + t];
        VectorMath.axpy(factor, scratch, product + t * width, partials, partial + t * width, width);
      }
    }

    /** {@code e^(chunk's reference − lse)·scale} of each token, 0 where the block has none. */
    private void factors(int chunk, int filled, float scale, float[] scratch, int factors) {
      for (int t = 0; t < tokens; t += LANES) {
        VectorMath.exp(
                FloatVector.fromArray(SPECIES, references, chunk * tokens + t)
                    .sub(FloatVector.fromArray(SPECIES, lse, t)))
            .mul(scale)
            .intoArray(scratch, factors + t);
      }
      Arrays.fill(scratch, factors + filled, factors + tokens, 0f);
    }

    /** Packs the block's rows, each times its factor. */
    private void packScaledRows(float[] scratch, int factors, Packed x) {
      Gemm.pack(Matrix.of(rows, head.width), x);
      for (int panel = 0; panel < Gemm.panels(head.width); panel++) {
        for (int t = 0; t < tokens; t++) {
          int at = x.start(t, panel * COLUMNS);
          VectorMath.scale(
              scratch[factors + t], scratch, at, scratch, at, x.width(panel * COLUMNS));
        }
      }
    }

    private void biasGradients(
        Matrix e, int count, float[] scratch, int factors, float[] dBias, int v, float[] tile) {
      int i = 0;
      for (; i <= count - LANES; i += LANES) {
        for (int row = 0; row < LANES; row++) {
          int at = e.offset() + (i + row) * tokens;
          FloatVector sum = FloatVector.zero(SPECIES);
          for (int t = 0; t < tokens; t += LANES) {
            sum =
                FloatVector.fromArray(SPECIES, e.values(), at + t)
                    .fma(FloatVector.fromArray(SPECIES, scratch, factors + t), sum);
          }
          sum.intoArray(tile, row * LANES);
        }
        VectorMath.sums(tile)
            .add(FloatVector.fromArray(SPECIES, dBias, v + i))
            .intoArray(dBias, v + i);
      }
      for (; i < count; i++) {
        dBias[v + i] +=
            VectorMath.dot(e.values(), e.offset() + i * tokens, scratch, factors, tokens, tile);
      }
    }
  }
}
