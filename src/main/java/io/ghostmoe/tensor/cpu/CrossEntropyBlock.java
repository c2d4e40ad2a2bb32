package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.MicroKernel.COLUMNS;
import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import io.ghostmoe.tensor.cpu.Gemm.Matrix;
import io.ghostmoe.tensor.cpu.Gemm.Packed;
import io.ghostmoe.tensor.cpu.VectorCrossEntropy.Gradients;
import io.ghostmoe.tensor.cpu.VectorCrossEntropy.Head;
import io.ghostmoe.tensor.cpu.Workspace.Use;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * One block of tokens against the whole vocabulary: three matrix products and one exponential a
 * logit, nothing computed twice.
 *
 * <p>The vocabulary is cut into a fixed number of slots, one a task, and a slot is worked through
 * in chunks that stay in the cache. Tokens lie along the vector lanes, so that maxima and sums run
 * over the vocabulary without crossing lanes. A chunk's exponentials are those of logits less a
 * reference: the greatest logit so far, or an earlier one that is at most {@link #SLACK} smaller.
 *
 * <p>Since the softmax's denominator scales a token's gradient as a whole, dX is summed up in the
 * forward pass already, unscaled, and follows its reference as the denominator does (Dao et al.
 * 2022, algorithm 1, for the head instead of attention). Only dW, in which tokens meet, waits for
 * the denominators: the exponentials are kept, and {@code e^(reference − lse)·scale} of each token
 * goes into its row of x. The target's own −1 is a sparse correction.
 */
final class CrossEntropyBlock {
  /**
   * Tokens that lie side by side. So wide, a panel of exponentials is at once what a product writes
   * and what the next one reads as its packed operand.
   */
  static final int PANEL = Math.max(COLUMNS, 64);

  private static final int SLOTS = 16;

  /** Rows of the vocabulary that are worked on while they are in the cache. */
  private static final int CHUNK = 3 * MicroKernel.COMMON_ROWS;

  /**
   * How far the exponents may reach above 0 before a reference follows: three bits of the
   * argument's 24 then stand before the point, where otherwise none does.
   */
  private static final float SLACK = 7;

  private final WorkerPool pool;
  private final Workspace workspace;
  private final Head head;
  private final int width;

  /** Which tokens of the call the block holds; of these only the first {@code filled}. */
  private final int[] block;

  private final int tokens;
  private final boolean keep;
  private final int slots;
  private final int slotRows;
  private final int chunksPerSlot;

  /** [tokens, C], and the same packed as the second operand of W·Xᵀ. */
  private final float[] rows;

  private final Packed packedRows;

  /** A slot that begins at row v: panels of [rows of the slot, PANEL] from {@code v·tokens}. */
  private final float[] exponentials;

  /** [slots, 1 + chunks, tokens], those before the first chunk −∞; [slots, tokens]; [tokens]. */
  private final float[] references;

  private final float[] sums;
  private final float[] lse;

  /** dX of each slot, unscaled and transposed: [slots, C, tokens]. */
  private final float[] partials;

  CrossEntropyBlock(WorkerPool pool, Workspace workspace, Head head, int[] block, boolean keep) {
    this.pool = pool;
    this.workspace = workspace;
    this.head = head;
    this.block = block;
    this.keep = keep;
    width = head.width();
    tokens = block.length;
    int vocabulary = head.vocabulary();
    int even = Math.ceilDiv(vocabulary, Math.min(SLOTS, Math.ceilDiv(vocabulary, CHUNK)));
    slotRows = Math.ceilDiv(even, MicroKernel.COMMON_ROWS) * MicroKernel.COMMON_ROWS;
    slots = Math.ceilDiv(vocabulary, slotRows); // fewer where rounding up left the last ones empty
    chunksPerSlot = Math.ceilDiv(slotRows, CHUNK);
    rows = workspace.shared(Use.ROWS, tokens * width);
    float[] packed = workspace.shared(Use.PACKED_ROWS, Gemm.packedLength(width, tokens));
    packedRows = new Packed(packed, 0, width, tokens);
    int kept = keep ? Math.multiplyExact(vocabulary, tokens) : 0;
    exponentials = workspace.shared(Use.PROBABILITIES, kept);
    references = workspace.shared(Use.REFERENCES, slots * (1 + chunksPerSlot) * tokens);
    sums = workspace.shared(Use.SUMS, slots * tokens);
    lse = workspace.shared(Use.LOG_SUMS, tokens);
    partials = workspace.shared(Use.PARTIALS, keep ? slots * width * tokens : 0);
  }

  private int firstRow(int slot) {
    return Math.min(head.vocabulary(), slot * slotRows);
  }

  private int firstChunk(int slot) {
    return slot * (1 + chunksPerSlot) + 1;
  }

  private int lastChunk(int slot) {
    return firstChunk(slot) + Math.ceilDiv(firstRow(slot + 1) - firstRow(slot), CHUNK) - 1;
  }

  // ---- forward ------------------------------------------------------------------------------

  void forward(int filled, float[] losses) {
    for (int i = 0; i < filled; i++) {
      System.arraycopy(head.x(), block[i] * width, rows, i * width, width);
    }
    Arrays.fill(rows, filled * width, tokens * width, 0f);
    Gemm.pack(Matrix.of(rows, width).transposed(), packedRows);
    pool.run(slots, this::forwardSlot);
    logSums();
    float[] tile = workspace.tile(0);
    for (int i = 0; i < filled; i++) {
      int target = head.targets()[block[i]];
      float product = VectorMath.dot(rows, i * width, head.weight(), target * width, width, tile);
      losses[block[i]] = lse[i] - (product + head.bias()[target]);
    }
  }

  private void forwardSlot(int slot, int worker) {
    int start = firstRow(slot);
    int end = firstRow(slot + 1);
    Arrays.fill(sums, slot * tokens, (slot + 1) * tokens, 0f);
    int before = (firstChunk(slot) - 1) * tokens;
    Arrays.fill(references, before, before + tokens, Float.NEGATIVE_INFINITY);
    float[] tile = workspace.tile(worker);
    Matrix w = Matrix.of(head.weight(), width);
    Matrix transposed = w.transposed();
    Packed e = exponentials(slot, worker);
    Matrix panel = new Matrix(e.values(), 0, PANEL, 1);
    Matrix dX = new Matrix(partials, slot * width * tokens, tokens, 1);
    int chunk = firstChunk(slot);
    for (int v = start; v < end; v += CHUNK, chunk++) {
      int count = Math.min(CHUNK, end - v);
      int row = keep ? v - start : 0;
      int weights = w.index(v, 0);
      for (int t = 0; t < tokens; t += PANEL) {
        int at = e.start(row, t);
        Gemm.multiply(count, PANEL, width, w, weights, packedRows, 0, t, panel, at, false, tile);
        exponentials(e.values(), at, v, count, chunk * tokens + t, slot * tokens + t);
      }
      if (keep) {
        boolean add = v > start;
        if (add) {
          follow(chunk, dX);
        }
        Gemm.multiply(
            width, tokens, count, transposed, weights, e, row, 0, dX, dX.offset(), add, tile);
      }
    }
  }

  /** The exponentials of a slot, or a chunk's place in which the worker overwrites them. */
  private Packed exponentials(int slot, int worker) {
    int start = firstRow(slot);
    return keep
        ? new Packed(exponentials, start * tokens, firstRow(slot + 1) - start, tokens, PANEL)
        : new Packed(workspace.ofWorker(worker, CHUNK * tokens), 0, CHUNK, tokens, PANEL);
  }

  /** A panel of logits, bias not yet in them, becomes exponentials. */
  private void exponentials(float[] e, int at, int v, int count, int referenceAt, int sumAt) {
    for (int t = 0; t < PANEL; t += 2 * LANES) {
      refer(e, at + t, v, count, referenceAt + t, sumAt + t);
      exponentiate(e, at + t, v, count, referenceAt + t, sumAt + t);
      exponentiate(e, at + t + LANES, v, count, referenceAt + t + LANES, sumAt + t + LANES);
    }
  }

  /**
   * The references of two vectors of tokens in a chunk, and the sums so far made to follow them.
   * Two, because a maximum waits for the one before it.
   */
  private void refer(float[] e, int at, int row, int count, int referenceAt, int sumAt) {
    float[] bias = head.bias();
    FloatVector before0 = FloatVector.fromArray(SPECIES, references, referenceAt - tokens);
    FloatVector before1 = FloatVector.fromArray(SPECIES, references, referenceAt - tokens + LANES);
    FloatVector max0 = before0;
    FloatVector max1 = before1;
    for (int v = 0, i = at; v < count; v++, i += PANEL) {
      float shift = bias[row + v];
      max0 = VectorMath.greater(max0, FloatVector.fromArray(SPECIES, e, i).add(shift));
      max1 = VectorMath.greater(max1, FloatVector.fromArray(SPECIES, e, i + LANES).add(shift));
    }
    before0.blend(max0, before0.add(SLACK).lt(max0)).intoArray(references, referenceAt);
    before1.blend(max1, before1.add(SLACK).lt(max1)).intoArray(references, referenceAt + LANES);
    for (int t = 0; t < 2 * LANES; t += LANES) {
      FloatVector before = FloatVector.fromArray(SPECIES, references, referenceAt - tokens + t);
      FloatVector now = FloatVector.fromArray(SPECIES, references, referenceAt + t);
      FloatVector.fromArray(SPECIES, sums, sumAt + t)
          .mul(VectorMath.exp(before.sub(now)))
          .intoArray(sums, sumAt + t);
    }
  }

  /** Logits become exponentials, of one vector of tokens in a chunk, which are summed up. */
  private void exponentiate(float[] e, int at, int row, int count, int referenceAt, int sumAt) {
    float[] bias = head.bias();
    FloatVector reference = FloatVector.fromArray(SPECIES, references, referenceAt);
    FloatVector sum = FloatVector.fromArray(SPECIES, sums, sumAt);
    for (int v = 0, i = at; v < count; v++, i += PANEL) {
      FloatVector logit = FloatVector.fromArray(SPECIES, e, i).add(bias[row + v]);
      FloatVector value = VectorMath.exp(logit.sub(reference));
      value.intoArray(e, i);
      sum = sum.add(value);
    }
    sum.intoArray(sums, sumAt);
  }

  /** Where a reference has moved since the chunk before, what was summed up for dX moves too. */
  private void follow(int chunk, Matrix dX) {
    for (int t = 0; t < tokens; t += LANES) {
      FloatVector before = FloatVector.fromArray(SPECIES, references, (chunk - 1) * tokens + t);
      FloatVector now = FloatVector.fromArray(SPECIES, references, chunk * tokens + t);
      if (before.lt(now).anyTrue()) {
        FloatVector factor = VectorMath.exp(before.sub(now));
        for (int c = 0, at = dX.offset() + t; c < width; c++, at += tokens) {
          FloatVector.fromArray(SPECIES, partials, at).mul(factor).intoArray(partials, at);
        }
      }
    }
  }

  /** lse = max + ln Σ_slots sum·e^(slot's reference − max), slots in their order. */
  private void logSums() {
    for (int t = 0; t < tokens; t += LANES) {
      FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
      for (int slot = 0; slot < slots; slot++) {
        max = VectorMath.greater(max, lastReference(slot, t));
      }
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int slot = 0; slot < slots; slot++) {
        sum =
            FloatVector.fromArray(SPECIES, sums, slot * tokens + t)
                .fma(VectorMath.exp(lastReference(slot, t).sub(max)), sum);
      }
      for (int lane = 0; lane < LANES; lane++) {
        lse[t + lane] = max.lane(lane) + (float) StrictMath.log(sum.lane(lane));
      }
    }
  }

  private FloatVector lastReference(int slot, int t) {
    return FloatVector.fromArray(SPECIES, references, lastChunk(slot) * tokens + t);
  }

  // ---- backward -----------------------------------------------------------------------------

  void backward(int filled, Gradients gradients) {
    pool.run(slots, (slot, worker) -> weightGradients(slot, worker, filled, gradients));
    pool.run(
        Math.ceilDiv(filled, LANES),
        (lanes, worker) -> inputGradients(lanes * LANES, worker, filled, gradients));
  }

  private void weightGradients(int slot, int worker, int filled, Gradients gradients) {
    int start = firstRow(slot);
    int end = firstRow(slot + 1);
    int factors = Gemm.packedLength(tokens, width);
    float[] scratch = workspace.ofWorker(worker, factors + tokens);
    float[] tile = workspace.tile(worker);
    Packed x = new Packed(scratch, 0, tokens, width);
    Packed e = exponentials(slot, worker);
    Matrix panel = new Matrix(e.values(), 0, PANEL, 1);
    Matrix dW = Matrix.of(gradients.dWeight(), width);
    int chunk = firstChunk(slot);
    for (int v = start; v < end; v += CHUNK, chunk++) {
      int count = Math.min(CHUNK, end - v);
      if (v == start || !hasReferencesOfTheOneBefore(chunk)) {
        factors(chunk, filled, gradients.scale(), scratch, factors);
        packScaledRows(scratch, factors, x);
      }
      // first, for it reads e from front to back and so brings it into the cache
      biasGradients(e, v, v - start, count, scratch, factors, gradients.dBias(), tile);
      int rowsOfW = dW.index(v, 0);
      for (int t = 0; t < tokens; t += PANEL) {
        int at = e.start(v - start, t);
        Gemm.multiply(count, width, PANEL, panel, at, x, t, 0, dW, rowsOfW, true, tile);
      }
    }
    for (int i = 0; i < filled; i++) {
      int target = head.targets()[block[i]];
      if (target >= start && target < end) {
        int at = target * width;
        VectorMath.axpy(-gradients.scale(), rows, i * width, gradients.dWeight(), at, width);
        gradients.dBias()[target] -= gradients.scale();
      }
    }
  }

  private boolean hasReferencesOfTheOneBefore(int chunk) {
    int at = chunk * tokens;
    return Arrays.equals(references, at - tokens, at, references, at, at + tokens);
  }

  /** {@code e^(chunk's reference − lse)·scale} of each token, 0 where the block has none. */
  private void factors(int chunk, int filled, float scale, float[] into, int at) {
    for (int t = 0; t < tokens; t += LANES) {
      VectorMath.exp(
              FloatVector.fromArray(SPECIES, references, chunk * tokens + t)
                  .sub(FloatVector.fromArray(SPECIES, lse, t)))
          .mul(scale)
          .intoArray(into, at + t);
    }
    Arrays.fill(into, at + filled, at + tokens, 0f);
  }

  /** Packs the block's rows, each times its factor. */
  private void packScaledRows(float[] scratch, int factors, Packed x) {
    Gemm.pack(Matrix.of(rows, width), x);
    for (int first = 0; first < width; first += COLUMNS) {
      for (int t = 0; t < tokens; t++) {
        int at = x.start(t, first);
        VectorMath.scale(scratch[factors + t], scratch, at, scratch, at, x.width(first));
      }
    }
  }

  private void biasGradients(
      Packed e,
      int v,
      int row,
      int count,
      float[] scratch,
      int factors,
      float[] dBias,
      float[] tile) {
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        rowSum(e, row + i + lane, scratch, factors, tile, lane * LANES);
      }
      VectorMath.sums(tile)
          .add(FloatVector.fromArray(SPECIES, dBias, v + i))
          .intoArray(dBias, v + i);
    }
    for (; i < count; i++) {
      rowSum(e, row + i, scratch, factors, tile, 0);
      dBias[v + i] += VectorMath.sum(FloatVector.fromArray(SPECIES, tile, 0), tile);
    }
  }

  /** Σ e·factor over the tokens of one row, lane by lane. */
  private void rowSum(Packed e, int row, float[] scratch, int factors, float[] sums, int sumsAt) {
    FloatVector sum = FloatVector.zero(SPECIES);
    int first = e.start(row, 0);
    int panel = e.depth() * PANEL;
    for (int t = 0; t < tokens; t += LANES) {
      int at = first + t / PANEL * panel + t % PANEL;
      sum =
          FloatVector.fromArray(SPECIES, e.values(), at)
              .fma(FloatVector.fromArray(SPECIES, scratch, factors + t), sum);
    }
    sum.intoArray(sums, sumsAt);
  }

  /** dX of one vector of tokens: the slots' sums, scaled by what is now known, less the target. */
  private void inputGradients(int t, int worker, int filled, Gradients gradients) {
    int factors = LANES * width;
    float[] scratch = workspace.ofWorker(worker, factors + slots * LANES);
    FloatVector denominator = FloatVector.fromArray(SPECIES, lse, t);
    for (int slot = 0; slot < slots; slot++) {
      VectorMath.exp(lastReference(slot, t).sub(denominator))
          .mul(gradients.scale())
          .intoArray(scratch, factors + slot * LANES);
    }
    for (int c = 0; c < width; c++) {
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int slot = 0; slot < slots; slot++) {
        sum =
            FloatVector.fromArray(SPECIES, partials, (slot * width + c) * tokens + t)
                .fma(FloatVector.fromArray(SPECIES, scratch, factors + slot * LANES), sum);
      }
      sum.intoArray(scratch, c * LANES);
    }
    for (int lane = 0; lane < Math.min(LANES, filled - t); lane++) {
      int at = block[t + lane] * width;
      for (int c = 0; c < width; c++) {
        gradients.dX()[at + c] = scratch[c * LANES + lane];
      }
      int target = head.targets()[block[t + lane]] * width;
      VectorMath.axpy(-gradients.scale(), head.weight(), target, gradients.dX(), at, width);
    }
  }
}
