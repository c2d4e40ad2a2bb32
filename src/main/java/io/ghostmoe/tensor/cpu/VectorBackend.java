package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.HeapBuffer.floats;
import static io.ghostmoe.tensor.cpu.HeapBuffer.ints;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.OperationShapes;
import io.ghostmoe.tensor.Shape;
import io.ghostmoe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The CPU at speed: Vector API kernels over Java arrays, shared out to a pool of threads. This
 * class checks operands and unwraps them; the kernels are in the files beside it, one family each.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class VectorBackend extends VectorExpertOperations implements Backend {
  private final WorkerPool pool;
  private final Workspace workspace;
  private final VectorElementwise elementwise;
  private final VectorDense dense;
  private final VectorEmbedding embedding;
  private final VectorLayerNorm layerNorm;
  private final VectorAttention attention;
  private final VectorStatistics statistics;
  private final VectorCrossEntropy crossEntropy;
  private final VectorAdamW adamW;

  /** A backend that computes with {@code threads} threads, the calling one included. */
  public VectorBackend(int threads) {
    this(new WorkerPool(threads), new Workspace(threads));
  }

  private VectorBackend(WorkerPool pool, Workspace workspace) {
    super(pool, workspace);
    this.pool = pool;
    this.workspace = workspace;
    elementwise = new VectorElementwise(pool);
    dense = new VectorDense(pool, workspace);
    embedding = new VectorEmbedding(pool, workspace);
    layerNorm = new VectorLayerNorm(pool, workspace);
    attention = new VectorAttention(pool, workspace);
    statistics = new VectorStatistics(pool, workspace);
    crossEntropy = new VectorCrossEntropy(pool, workspace);
    adamW = new VectorAdamW(elementwise);
  }

  /** Bits of the widest vectors of this machine. */
  public static int vectorBits() {
    return VectorMath.SPECIES.vectorBitSize();
  }

  @Override
  public String description() {
    return "cpu, %d-bit vectors, %d %s"
        .formatted(vectorBits(), pool.workers(), pool.workers() == 1 ? "thread" : "threads");
  }

  /** Bytes of scratch memory that operations have needed so far, beside the tensors. */
  public long workspaceBytes() {
    return workspace.bytes();
  }

  @Override
  public void close() {
    pool.close();
  }

  // ---- memory -------------------------------------------------------------------------------

  @Override
  public Tensor allocate(DType type, int... dims) {
    return HeapBuffer.allocate(type, Shape.of(dims));
  }

  @Override
  public void release(Tensor tensor) {
    // the garbage collector's
  }

  @Override
  public void write(float[] source, Tensor target) {
    OperationShapes.hostCopy(target, DType.F32, source.length);
    System.arraycopy(source, 0, floats(target), 0, source.length);
  }

  @Override
  public void write(int[] source, Tensor target) {
    OperationShapes.hostCopy(target, DType.I32, source.length);
    System.arraycopy(source, 0, ints(target), 0, source.length);
  }

  @Override
  public void write(float[] source, int count, Tensor target, int to) {
    OperationShapes.hostCopy(target, to, count, source.length);
    System.arraycopy(source, 0, floats(target), to, count);
  }

  @Override
  public void read(Tensor source, float[] target) {
    OperationShapes.hostCopy(source, DType.F32, target.length);
    System.arraycopy(floats(source), 0, target, 0, target.length);
  }

  @Override
  public void read(Tensor source, int[] target) {
    OperationShapes.hostCopy(source, DType.I32, target.length);
    System.arraycopy(ints(source), 0, target, 0, target.length);
  }

  @Override
  public void read(Tensor source, int from, float[] target, int count) {
    OperationShapes.hostCopy(source, from, count, target.length);
    System.arraycopy(floats(source), from, target, 0, count);
  }

  // ---- element-wise -------------------------------------------------------------------------

  @Override
  public void fill(Tensor out, float value) {
    OperationShapes.fill(out);
    elementwise.fill(floats(out), value);
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    OperationShapes.copy(x, out);
    elementwise.copy(floats(x), floats(out));
  }

  @Override
  public void add(Tensor a, Tensor b, Tensor out) {
    OperationShapes.add(a, b, out);
    elementwise.add(floats(a), floats(b), floats(out));
  }

  @Override
  public void dropout(Tensor x, float rate, long key, Tensor out) {
    OperationShapes.dropout(x, rate, out);
    elementwise.dropout(floats(x), rate, key, floats(out));
  }

  @Override
  public void gelu(Tensor x, Tensor out) {
    OperationShapes.gelu(x, out);
    elementwise.gelu(floats(x), floats(out));
  }

  @Override
  public void geluBackward(Tensor x, Tensor dOut, Tensor dX) {
    OperationShapes.geluBackward(x, dOut, dX);
    elementwise.geluBackward(floats(x), floats(dOut), floats(dX));
  }

  // ---- dense layers, embedding, normalisation ------------------------------------------------

  @Override
  public void linear(Tensor x, Tensor weight, @Nullable Tensor bias, Tensor out) {
    OperationShapes.linear(x, weight, bias, out);
    dense.linear(
        x.dim(0),
        x.dim(1),
        weight.dim(0),
        floats(x),
        floats(weight),
        bias == null ? null : floats(bias),
        floats(out));
  }

  @Override
  public void linearBackwardInput(Tensor dOut, Tensor weight, boolean accumulate, Tensor dX) {
    OperationShapes.linearBackwardInput(dOut, weight, dX);
    dense.backwardInput(
        dOut.dim(0),
        weight.dim(1),
        weight.dim(0),
        floats(dOut),
        floats(weight),
        accumulate,
        floats(dX));
  }

  @Override
  public void linearBackwardParameters(
      Tensor x, Tensor dOut, Tensor dWeight, @Nullable Tensor dBias) {
    OperationShapes.linearBackwardParameters(x, dOut, dWeight, dBias);
    dense.backwardParameters(
        x.dim(0),
        x.dim(1),
        dOut.dim(1),
        floats(x),
        floats(dOut),
        floats(dWeight),
        dBias == null ? null : floats(dBias));
  }

  @Override
  public void embedding(
      Tensor ids, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor out) {
    OperationShapes.embedding(ids, positions, tokenTable, positionTable, out);
    int n = ids.elements();
    IndexChecks.ids("embedding", ints(ids), n, tokenTable.dim(0));
    IndexChecks.positions("embedding", ints(positions), n, positionTable.dim(0));
    embedding.forward(
        n,
        out.dim(1),
        ints(ids),
        ints(positions),
        floats(tokenTable),
        floats(positionTable),
        floats(out));
  }

  @Override
  public void embeddingBackward(
      Tensor ids, Tensor positions, Tensor dOut, Tensor dTokenTable, Tensor dPositionTable) {
    OperationShapes.embeddingBackward(ids, positions, dOut, dTokenTable, dPositionTable);
    int n = ids.elements();
    int rows = dTokenTable.dim(0);
    int time = dPositionTable.dim(0);
    IndexChecks.ids("embeddingBackward", ints(ids), n, rows);
    IndexChecks.positions("embeddingBackward", ints(positions), n, time);
    embedding.backward(n, dOut.dim(1), ints(ids), rows, floats(dOut), floats(dTokenTable));
    embedding.backward(n, dOut.dim(1), ints(positions), time, floats(dOut), floats(dPositionTable));
  }

  @Override
  public void layerNorm(
      Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor out, Tensor mean, Tensor rstd) {
    OperationShapes.layerNorm(x, gain, bias, epsilon, out, mean, rstd);
    layerNorm.forward(
        x.dim(0),
        x.dim(1),
        floats(x),
        floats(gain),
        floats(bias),
        epsilon,
        floats(out),
        floats(mean),
        floats(rstd));
  }

  @Override
  public void layerNormBackward(
      Tensor x,
      Tensor gain,
      Tensor mean,
      Tensor rstd,
      Tensor dOut,
      boolean accumulate,
      Tensor dX,
      Tensor dGain,
      Tensor dBias) {
    OperationShapes.layerNormBackward(x, gain, mean, rstd, dOut, dX, dGain, dBias);
    layerNorm.backward(
        x.dim(0),
        x.dim(1),
        floats(x),
        floats(gain),
        floats(mean),
        floats(rstd),
        floats(dOut),
        accumulate,
        floats(dX),
        floats(dGain),
        floats(dBias));
  }

  // ---- attention ----------------------------------------------------------------------------

  @Override
  public void attention(Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse) {
    OperationShapes.attention(qkv, segments, heads, out, lse);
    IndexChecks.segments("attention", ints(segments), segments.elements());
    attention.forward(
        segments.dim(0),
        segments.dim(1),
        out.dim(1),
        heads,
        floats(qkv),
        ints(segments),
        floats(out),
        floats(lse));
  }

  @Override
  public void attentionBackward(
      Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse, Tensor dOut, Tensor dQkv) {
    OperationShapes.attentionBackward(qkv, segments, heads, out, lse, dOut, dQkv);
    IndexChecks.segments("attentionBackward", ints(segments), segments.elements());
    attention.backward(
        segments.dim(0),
        segments.dim(1),
        out.dim(1),
        heads,
        floats(qkv),
        ints(segments),
        floats(out),
        floats(lse),
        floats(dOut),
        floats(dQkv));
  }

  @Override
  public void attentionCached(
      Tensor qkv, Tensor rows, Tensor keys, Tensor values, int heads, Tensor out) {
    OperationShapes.attentionCached(qkv, rows, keys, values, heads, out);
    IndexChecks.cacheRows("attentionCached", ints(rows), out.dim(0), keys.dim(0) * keys.dim(1));
    attention.cached(
        out.dim(0),
        keys.dim(1),
        out.dim(1),
        heads,
        floats(qkv),
        ints(rows),
        floats(keys),
        floats(values),
        floats(out));
  }

  // ---- loss and optimizer -------------------------------------------------------------------

  @Override
  public void linearCrossEntropy(
      Tensor x, Tensor weight, Tensor bias, Tensor targets, Tensor losses) {
    OperationShapes.linearCrossEntropy(x, weight, bias, targets, losses);
    crossEntropy.losses(head("linearCrossEntropy", x, weight, bias, targets), floats(losses));
  }

  @Override
  public void linearCrossEntropyGradients(
      Tensor x,
      Tensor weight,
      Tensor bias,
      Tensor targets,
      float scale,
      Tensor losses,
      Tensor dX,
      Tensor dWeight,
      Tensor dBias) {
    OperationShapes.linearCrossEntropyGradients(
        x, weight, bias, targets, losses, dX, dWeight, dBias);
    Arrays.fill(floats(dX), 0f);
    crossEntropy.lossesAndGradients(
        head("linearCrossEntropyGradients", x, weight, bias, targets),
        floats(losses),
        new VectorCrossEntropy.Gradients(scale, floats(dX), floats(dWeight), floats(dBias)));
  }

  private static VectorCrossEntropy.Head head(
      String operation, Tensor x, Tensor weight, Tensor bias, Tensor targets) {
    IndexChecks.targets(operation, ints(targets), targets.elements(), weight.dim(0));
    return new VectorCrossEntropy.Head(
        x.dim(1), weight.dim(0), floats(x), floats(weight), floats(bias), ints(targets));
  }

  @Override
  public void norm(List<Tensor> tensors, Tensor out) {
    OperationShapes.norm(tensors, out);
    statistics.norms(List.of(tensors), floats(out));
  }

  @Override
  public void norms(List<List<Tensor>> groups, Tensor out) {
    OperationShapes.norms(groups, out);
    statistics.norms(groups, floats(out));
  }

  @Override
  public void adamW(
      List<AdamWStep> steps,
      Tensor norm,
      List<Tensor> values,
      List<Tensor> gradients,
      List<Tensor> m,
      List<Tensor> v) {
    OperationShapes.adamW(steps, norm, values, gradients, m, v);
    float total = floats(norm)[0];
    for (int i = 0; i < steps.size(); i++) {
      adamW.step(
          steps.get(i),
          total,
          floats(values.get(i)),
          floats(gradients.get(i)),
          floats(m.get(i)),
          floats(v.get(i)));
    }
  }
}
