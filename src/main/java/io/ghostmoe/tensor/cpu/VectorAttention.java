package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import io.ghostmoe.tensor.cpu.Gemm.Matrix;
import io.ghostmoe.tensor.cpu.Gemm.Packed;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Causal attention within segments; one head of one row is a task. Queries come in blocks, and a
 * block sees only the keys from its first query's segment on, so its scores are a small matrix that
 * lives in scratch; the whole [T,T] matrix never exists.
 */
final class VectorAttention {
  /** Queries of a block: a multiple of the micro-kernel's rows. */
  private static final int BLOCK = MicroKernel.COMMON_ROWS;

  private final WorkerPool pool;
  private final Workspace workspace;

  VectorAttention(WorkerPool pool, Workspace workspace) {
    this.pool = pool;
    this.workspace = workspace;
  }

  /** One head of one row of the batch: its matrices as views of qkv and out. */
  private record Head(
      int time, int size, int firstToken, int[] segments, Matrix q, Matrix k, Matrix v) {
    static Head of(int task, int heads, int time, int width, float[] qkv, int[] segments) {
      int size = width / heads;
      int firstToken = task / heads * time;
      Matrix q = Matrix.of(qkv, 3 * width).at(firstToken, task % heads * size);
      return new Head(time, size, firstToken, segments, q, q.at(0, width), q.at(0, 2 * width));
    }

    /** The first position of the segment in which position {@code t} lies. */
    int segmentStart(int t) {
      int start = t;
      while (start > 0 && segments[firstToken + start - 1] == segments[firstToken + t]) {
        start--;
      }
      return start;
    }

    boolean padding(int t) {
      return segments[firstToken + t] < 0;
    }

    float scale() {
      return (float) (1 / Math.sqrt(size));
    }
  }

  /** Columns of a block of scores, rounded up so that each row starts at a whole vector. */
  private static int scoreStride(int time) {
    return Gemm.paddedColumns(time);
  }

  void forward(
      int batch,
      int time,
      int width,
      int heads,
      float[] qkv,
      int[] segments,
      float[] out,
      float[] lse) {
    int size = width / heads;
    int stride = scoreStride(time);
    int keysLength = Gemm.packedLength(size, time);
    int valuesLength = Gemm.packedLength(time, size);
    pool.run(
        batch * heads,
        (task, worker) -> {
          Head head = Head.of(task, heads, time, width, qkv, segments);
          float[] scratch = workspace.ofWorker(worker, keysLength + valuesLength + BLOCK * stride);
          Packed keys = new Packed(scratch, 0, size, time);
          Packed values = new Packed(scratch, keysLength, time, size);
          Gemm.pack(head.k.transposed(), keys);
          Gemm.pack(head.v, values);
          Matrix scores = new Matrix(scratch, keysLength + valuesLength, stride, 1);
          Matrix output = Matrix.of(out, width).at(head.firstToken, task % heads * size);
          for (int first = 0; first < time; first += BLOCK) {
            forwardBlock(
                head,
                first,
                Math.min(time, first + BLOCK),
                keys,
                values,
                scores,
                output,
                lse,
                task * time,
                workspace.tile(worker));
          }
        });
  }

  private static void forwardBlock(
      Head head,
      int first,
      int last,
      Packed keys,
      Packed values,
      Matrix scores,
      Matrix output,
      float[] lse,
      int lseOffset,
      float[] tile) {
    int low = head.segmentStart(first) / MicroKernel.COLUMNS * MicroKernel.COLUMNS;
    Gemm.multiply(
        last - first,
        last - low,
        head.size,
        head.q,
        head.q.index(first, 0),
        keys,
        0,
        low,
        scores,
        scores.offset(),
        false,
        tile);
    for (int t = first; t < last; t++) {
      int row = scores.offset() + (t - first) * scores.rowStride();
      float[] s = scores.values();
      int from = row + head.segmentStart(t) - low;
      int to = row + t + 1 - low;
      int end = row + last - low;
      if (head.padding(t)) {
        Arrays.fill(s, row, end, 0f);
        lse[lseOffset + t] = 0;
        continue;
      }
      float max = scaledMax(s, from, to, head.scale());
      float sum = exponentials(s, row, from, to, end, head.scale(), max, tile);
      VectorMath.scale(1 / sum, s, row, s, row, end - row);
      lse[lseOffset + t] = max + (float) StrictMath.log(sum);
    }
    Gemm.multiply(
        last - first,
        head.size,
        last - low,
        scores,
        scores.offset(),
        values,
        low,
        0,
        output,
        output.index(first, 0),
        false,
        tile);
  }

  private static float scaledMax(float[] s, int from, int to, float scale) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = from; i < to; i++) {
      max = Math.max(max, s[i]);
    }
    return max * scale;
  }

  /**
   * {@code s = e^(scale·s − reference)} in [from, to) and 0 in the rest of [row, end); returns the
   * sum. {@code row} starts a vector, and the row is padded to whole vectors.
   */
  private static float exponentials(
      float[] s,
      int row,
      int from,
      int to,
      int end,
      float scale,
      float reference,
      float[] scratch) {
    int start = row + (from - row) / LANES * LANES;
    FloatVector minus = FloatVector.broadcast(SPECIES, -reference);
    FloatVector factor = FloatVector.broadcast(SPECIES, scale);
    for (int i = start; i < to; i += LANES) {
      VectorMath.exp(FloatVector.fromArray(SPECIES, s, i).fma(factor, minus)).intoArray(s, i);
    }
    int stop = start + (to - start + LANES - 1) / LANES * LANES;
    Arrays.fill(s, row, from, 0f);
    Arrays.fill(s, to, Math.max(stop, end), 0f);
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int i = start; i < to; i += LANES) {
      sum = sum.add(FloatVector.fromArray(SPECIES, s, i));
    }
    return VectorMath.sum(sum, scratch);
  }

  void backward(
      int batch,
      int time,
      int width,
      int heads,
      float[] qkv,
      int[] segments,
      float[] out,
      float[] lse,
      float[] dOut,
      float[] dQkv) {
    int size = width / heads;
    int stride = scoreStride(time);
    int length =
        2 * Gemm.packedLength(size, time)
            + Gemm.packedLength(time, size)
            + 2 * Gemm.packedLength(BLOCK, size)
            + 2 * BLOCK * stride;
    pool.run(
        batch * heads,
        (task, worker) -> {
          float[] scratch = workspace.ofWorker(worker, length);
          Head head = Head.of(task, heads, time, width, qkv, segments);
          int column = task % heads * size;
          Matrix o = Matrix.of(out, width).at(head.firstToken, column);
          Matrix dO = Matrix.of(dOut, width).at(head.firstToken, column);
          Matrix dQ = Matrix.of(dQkv, 3 * width).at(head.firstToken, column);
          new Backward(head, o, dO, dQ, width, scratch, stride, workspace.tile(worker))
              .run(lse, task * time);
        });
  }

  /** The backward pass of one head: everything that its blocks share. */
  private static final class Backward {
    private final Head head;
    private final Matrix o;
    private final Matrix dO;
    private final Matrix dQ;
    private final Matrix dK;
    private final Matrix dV;
    private final Packed keysTransposed;
    private final Packed valuesTransposed;
    private final Packed keys;
    private final int queriesOffset;
    private final int outputsOffset;
    private final Matrix p;
    private final Matrix dS;
    private final Matrix pTransposed;
    private final Matrix dSTransposed;
    private final float[] tile;

    Backward(
        Head head,
        Matrix o,
        Matrix dO,
        Matrix dQ,
        int width,
        float[] scratch,
        int stride,
        float[] tile) {
      this.head = head;
      this.o = o;
      this.dO = dO;
      this.dQ = dQ;
      this.dK = dQ.at(0, width);
      this.dV = dQ.at(0, 2 * width);
      this.tile = tile;
      int wide = Gemm.packedLength(head.size, head.time);
      int tall = Gemm.packedLength(head.time, head.size);
      keysTransposed = new Packed(scratch, 0, head.size, head.time);
      valuesTransposed = new Packed(scratch, wide, head.size, head.time);
      keys = new Packed(scratch, 2 * wide, head.time, head.size);
      queriesOffset = 2 * wide + tall;
      outputsOffset = queriesOffset + Gemm.packedLength(BLOCK, head.size);
      int scores = outputsOffset + Gemm.packedLength(BLOCK, head.size);
      p = new Matrix(scratch, scores, stride, 1);
      dS = new Matrix(scratch, scores + BLOCK * stride, stride, 1);
      pTransposed = p.transposed();
      dSTransposed = dS.transposed();
    }

    void run(float[] lse, int lseOffset) {
      Gemm.pack(head.k.transposed(), keysTransposed);
      Gemm.pack(head.v.transposed(), valuesTransposed);
      Gemm.pack(head.k, keys);
      for (int t = 0; t < head.time; t++) {
        clear(dK, t);
        clear(dV, t);
      }
      for (int first = 0; first < head.time; first += BLOCK) {
        block(first, Math.min(head.time, first + BLOCK), lse, lseOffset);
      }
    }

    private void clear(Matrix m, int t) {
      int at = m.offset() + t * m.rowStride();
      Arrays.fill(m.values(), at, at + head.size, 0f);
    }

    private void block(int first, int last, float[] lse, int lseOffset) {
      int rows = last - first;
      int low = head.segmentStart(first) / MicroKernel.COLUMNS * MicroKernel.COLUMNS;
      int columns = last - low;
      int size = head.size;
      int q = head.q.index(first, 0);
      int above = dO.index(first, 0);
      int at = p.offset();
      int slopes = dS.offset();
      Gemm.multiply(rows, columns, size, head.q, q, keysTransposed, 0, low, p, at, false, tile);
      Gemm.multiply(
          rows, columns, size, dO, above, valuesTransposed, 0, low, dS, slopes, false, tile);
      for (int t = first; t < last; t++) {
        scoreGradients(t, first, low, last, lse[lseOffset + t]);
      }
      Packed queries = new Packed(p.values(), queriesOffset, rows, head.size);
      Packed outputs = new Packed(p.values(), outputsOffset, rows, head.size);
      Gemm.pack(head.q, q, queries);
      Gemm.pack(dO, above, outputs);
      int v = dV.index(low, 0);
      int k = dK.index(low, 0);
      Gemm.multiply(columns, size, rows, pTransposed, at, outputs, 0, 0, dV, v, true, tile);
      Gemm.multiply(columns, size, rows, dSTransposed, slopes, queries, 0, 0, dK, k, true, tile);
      Gemm.multiply(
          rows, size, columns, dS, slopes, keys, low, 0, dQ, dQ.index(first, 0), false, tile);
    }

    /** Row t: p = exp(scale·s − lse), dS = p·(dP − ⟨dO, O⟩)·scale; 0 where t does not look. */
    private void scoreGradients(int t, int first, int low, int last, float lse) {
      float[] values = p.values();
      int row = p.offset() + (t - first) * p.rowStride();
      int dRow = dS.offset() + (t - first) * dS.rowStride();
      int end = row + last - low;
      if (head.padding(t)) {
        Arrays.fill(values, row, end, 0f);
        Arrays.fill(values, dRow, dRow + last - low, 0f);
        return;
      }
      float delta =
          VectorMath.dot(
              o.values(),
              o.offset() + t * o.rowStride(),
              dO.values(),
              dO.offset() + t * dO.rowStride(),
              head.size,
              tile);
      int from = row + head.segmentStart(t) - low;
      exponentials(values, row, from, row + t + 1 - low, end, head.scale(), lse, tile);
      float scale = head.scale();
      for (int i = 0; i < last - low; i += LANES) {
        FloatVector.fromArray(SPECIES, values, dRow + i)
            .sub(delta)
            .mul(FloatVector.fromArray(SPECIES, values, row + i))
            .mul(scale)
            .intoArray(values, dRow + i);
      }
    }
  }

  /** New positions over a cache of sequences of {@code time} rows; one head of one is a task. */
  void cached(
      int positions,
      int time,
      int width,
      int heads,
      float[] qkv,
      int[] rows,
      float[] keys,
      float[] values,
      float[] out) {
    int size = width / heads;
    for (int i = 0; i < positions; i++) {
      System.arraycopy(qkv, i * 3 * width + width, keys, rows[i] * width, width);
      System.arraycopy(qkv, i * 3 * width + 2 * width, values, rows[i] * width, width);
    }
    float scale = (float) (1 / Math.sqrt(size));
    pool.run(
        positions * heads,
        (task, worker) -> {
          int i = task / heads;
          int head = task % heads * size;
          int seen = rows[i] % time + 1;
          int first = (rows[i] + 1 - seen) * width + head;
          float[] s = workspace.ofWorker(worker, Math.ceilDiv(seen, LANES) * LANES);
          float[] scratch = workspace.tile(worker);
          int q = i * 3 * width + head;
          for (int u = 0; u < seen; u++) {
            s[u] = VectorMath.dot(qkv, q, keys, first + u * width, size, scratch);
          }
          float max = scaledMax(s, 0, seen, scale);
          float sum = exponentials(s, 0, 0, seen, seen, scale, max, scratch);
          int target = i * width + head;
          Arrays.fill(out, target, target + size, 0f);
          for (int u = 0; u < seen; u++) {
            VectorMath.axpy(s[u] / sum, values, first + u * width, out, target, size);
          }
        });
  }
}
