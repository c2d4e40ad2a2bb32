package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;

/** Causal attention within segments, and over a cache of keys and values. */
final class CudaAttention {
  private static final int THREADS = 128;
  private static final int OWN = 64;
  private static final int PEER = 32;
  private static final int ROWS = 192;

  private final CudaContext cuda;
  private final AttentionKernels forward;
  private final AttentionBackwardKernels backward;
  private final AttentionCachedKernels cached;

  CudaAttention(CudaContext cuda) {
    this.cuda = cuda;
    forward = new AttentionKernels(cuda);
    backward = new AttentionBackwardKernels(cuda);
    cached = new AttentionCachedKernels(cuda);
  }

  /**
   * How heads are cut into chunks of columns.
   *
   * @param depth columns of a chunk
   */
  private record Cut(int batch, int time, int heads, int headSize, int depth) {
    static Cut of(Tensor segments, int heads, int width) {
      int headSize = width / heads;
      return new Cut(
          segments.dim(0), segments.dim(1), heads, headSize, headSize <= PEER ? PEER : OWN);
    }

    int chunks() {
      return Math.ceilDiv(headSize, depth);
    }

    /** Blocks of 64 positions, with 192 rows of a chunk in shared memory, and so many weights. */
    Grid grid(int weights) {
      return Grid.of(batch * heads, Math.ceilDiv(time, OWN), chunks(), THREADS)
          .shared(4 * (ROWS * depth + weights));
    }

    /** One of every 32 queries of a head for each chunk, and the tickets. */
    long turns() {
      return 1 + (long) chunks() * batch * heads * Math.ceilDiv(time, PEER);
    }

    float scale() {
      return (float) (1 / Math.sqrt(headSize));
    }
  }

  void attention(Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse) {
    Cut cut = Cut.of(segments, heads, out.dim(1));
    Grid grid = cut.grid(0);
    DevicePointer x = DevicePointer.of(qkv);
    DevicePointer cuts = DevicePointer.of(segments);
    DevicePointer mixed = DevicePointer.of(out);
    DevicePointer sums = DevicePointer.of(lse);
    DevicePointer error = cuda.error("attention");
    int time = cut.time;
    int size = cut.headSize;
    if (cut.depth == PEER) {
      forward.attentionForward32F32(
          grid, x, cuts, mixed, sums, time, heads, size, cut.scale(), error);
    } else {
      forward.attentionForward64F32(
          grid, x, cuts, mixed, sums, time, heads, size, cut.scale(), error);
    }
  }

  void attentionBackward(
      Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse, Tensor dOut, Tensor dQkv) {
    Cut cut = Cut.of(segments, heads, out.dim(1));
    long turnBytes = Integer.BYTES * cut.turns();
    try (CudaBuffer delta = cuda.scratch(4L * lse.elements());
        CudaBuffer turns = cuda.scratch(turnBytes)) {
      cuda.memset(turns.pointer(), turnBytes, 0);
      backward.attentionDeltaF32(
          Grid.of(Math.ceilDiv(lse.elements(), 8), 256),
          DevicePointer.of(out),
          DevicePointer.of(dOut),
          delta.pointer(),
          segments.elements(),
          cut.time,
          heads,
          cut.headSize);
      backwardScores(cut, qkv, segments, dOut, lse, delta.pointer(), turns.pointer(), dQkv);
    }
  }

  private void backwardScores(
      Cut cut,
      Tensor qkv,
      Tensor segments,
      Tensor dOut,
      Tensor lse,
      DevicePointer delta,
      DevicePointer turns,
      Tensor dQkv) {
    Grid grid = cut.grid(2 * OWN * PEER);
    DevicePointer x = DevicePointer.of(qkv);
    DevicePointer cuts = DevicePointer.of(segments);
    DevicePointer above = DevicePointer.of(dOut);
    DevicePointer sums = DevicePointer.of(lse);
    DevicePointer slopes = DevicePointer.of(dQkv);
    DevicePointer error = cuda.error("attentionBackward");
    int time = cut.time;
    int heads = cut.heads;
    int size = cut.headSize;
    float scale = cut.scale();
    if (cut.depth == PEER) {
      backward.attentionBackward32F32(
          grid, x, cuts, above, sums, delta, slopes, turns, time, heads, size, scale, error);
    } else {
      backward.attentionBackward64F32(
          grid, x, cuts, above, sums, delta, slopes, turns, time, heads, size, scale, error);
    }
  }

  void attentionCached(Tensor qkv, Tensor rows, Tensor keys, Tensor values, int heads, Tensor out) {
    int positions = out.dim(0);
    int time = keys.dim(1);
    int width = out.dim(1);
    int headSize = width / heads;
    int held = keys.dim(0) * time;
    DevicePointer error = cuda.error("attentionCached");
    cached.attentionCachedAppendF32(
        Grid.covering((long) positions * width, 256),
        DevicePointer.of(qkv),
        DevicePointer.of(rows),
        DevicePointer.of(keys),
        DevicePointer.of(values),
        positions,
        held,
        width,
        error);
    cached.attentionCachedF32(
        Grid.of(positions, heads, 1, THREADS).shared(4 * (THREADS + 2 * headSize)),
        DevicePointer.of(qkv),
        DevicePointer.of(rows),
        DevicePointer.of(keys),
        DevicePointer.of(values),
        DevicePointer.of(out),
        time,
        held,
        heads,
        headSize,
        (float) (1 / Math.sqrt(headSize)));
  }
}
