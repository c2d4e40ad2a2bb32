package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.ExpertShapes;
import io.ghostmoe.tensor.OperationShapes;
import io.ghostmoe.tensor.Shape;
import io.ghostmoe.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An NVIDIA GPU. This class checks the operands; the classes beside it launch the kernels, one
 * family each. Nothing waits for the device but {@code read}, where errors of kernels come out.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class CudaBackend implements Backend {
  private final CudaContext cuda;
  private final CudaElementwise elementwise;
  private final CudaDense dense;
  private final CudaEmbedding embedding;
  private final CudaLayerNorm layerNorm;
  private final CudaAttention attention;
  private final CudaRouter router;
  private final CudaExperts experts;
  private final CudaMoe moe;
  private final CudaStatistics statistics;
  private final CudaLoss loss;
  private final CudaOptimizer optimizer;

  private CudaBackend(CudaContext cuda) {
    this.cuda = cuda;
    elementwise = new CudaElementwise(cuda);
    dense = new CudaDense(cuda);
    embedding = new CudaEmbedding(cuda);
    layerNorm = new CudaLayerNorm(cuda);
    attention = new CudaAttention(cuda);
    router = new CudaRouter(cuda);
    experts = new CudaExperts(cuda);
    moe = new CudaMoe(cuda);
    statistics = new CudaStatistics(cuda);
    loss = new CudaLoss(cuda);
    optimizer = new CudaOptimizer(cuda);
  }

  /** A backend on a GPU that {@link CudaProbe} found. */
  public static CudaBackend on(Gpu gpu) {
    return new CudaBackend(new CudaContext(gpu, CudaMemory.Reuse.POOLED));
  }

  /** As {@link #on(Gpu)}, with the inputs of large products rounded. */
  public static CudaBackend on(Gpu gpu, Precision precision) {
    return new CudaBackend(new CudaContext(gpu, CudaMemory.Reuse.POOLED, precision));
  }

  /**
   * As {@link #on(Gpu)}, its memory handed out exactly, so that a checking driver sees each misuse.
   */
  static CudaBackend unpooled(Gpu gpu) {
    return new CudaBackend(new CudaContext(gpu, CudaMemory.Reuse.NONE));
  }

  /** As {@link #unpooled(Gpu)}, with the inputs of large products rounded. */
  static CudaBackend unpooled(Gpu gpu, Precision precision) {
    return new CudaBackend(new CudaContext(gpu, CudaMemory.Reuse.NONE, precision));
  }

  @Override
  public String description() {
    String rounded = cuda.precision() == Precision.BF16 ? ", products of bf16" : "";
    return "cuda, " + cuda.gpu() + rounded;
  }

  /** {@return the GPU that computes} */
  public Gpu gpu() {
    return cuda.gpu();
  }

  /** {@return bytes of device memory that are taken from the driver} */
  public long heldBytes() {
    return cuda.memory().heldBytes();
  }

  /** {@return bytes of device memory that tensors and tables hold now} */
  public long inUseBytes() {
    return cuda.memory().inUseBytes();
  }

  /** Waits until the device has done all that was asked of it; for measurements of time. */
  public void await() {
    cuda.staging().await("waiting for the device");
  }

  /** {@return the device's time for each kernel that the work launches} */
  Map<String, LaunchTimes.Total> timed(Runnable work) {
    return cuda.timed(work);
  }

  // ---- memory -------------------------------------------------------------------------------

  @Override
  public Tensor allocate(DType type, int... dims) {
    Shape shape = Shape.of(dims);
    long bytes = (long) shape.elements() * type.bytes();
    return new Tensor(shape, type, cuda.memory().allocate(bytes));
  }

  @Override
  public void release(Tensor tensor) {
    if (tensor.buffer() instanceof CudaBuffer buffer) {
      buffer.close();
    }
  }

  @Override
  public void write(float[] source, Tensor target) {
    OperationShapes.hostCopy(target, DType.F32, source.length);
    cuda.staging().write(source, DevicePointer.of(target));
  }

  @Override
  public void write(int[] source, Tensor target) {
    OperationShapes.hostCopy(target, DType.I32, source.length);
    cuda.staging().write(source, DevicePointer.of(target));
  }

  @Override
  public void read(Tensor source, float[] target) {
    OperationShapes.hostCopy(source, DType.F32, target.length);
    cuda.staging().read(DevicePointer.of(source), target);
    cuda.raiseErrors();
  }

  @Override
  public void read(Tensor source, int[] target) {
    OperationShapes.hostCopy(source, DType.I32, target.length);
    cuda.staging().read(DevicePointer.of(source), target);
    cuda.raiseErrors();
  }

  @Override
  public void close() {
    cuda.close();
  }

  // ---- element-wise -------------------------------------------------------------------------

  @Override
  public void fill(Tensor out, float value) {
    OperationShapes.fill(out);
    elementwise.fill(out, value);
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    OperationShapes.copy(x, out);
    elementwise.copy(x, out);
  }

  @Override
  public void add(Tensor a, Tensor b, Tensor out) {
    OperationShapes.add(a, b, out);
    elementwise.add(a, b, out);
  }

  @Override
  public void dropout(Tensor x, float rate, long key, Tensor out) {
    OperationShapes.dropout(x, rate, out);
    elementwise.dropout(x, rate, key, out);
  }

  @Override
  public void gelu(Tensor x, Tensor out) {
    OperationShapes.gelu(x, out);
    elementwise.gelu(x, out);
  }

  @Override
  public void geluBackward(Tensor x, Tensor dOut, Tensor dX) {
    OperationShapes.geluBackward(x, dOut, dX);
    elementwise.geluBackward(x, dOut, dX);
  }

  // ---- dense layers ------------------------------------------------------------------------

  @Override
  public void linear(Tensor x, Tensor weight, @Nullable Tensor bias, Tensor out) {
    OperationShapes.linear(x, weight, bias, out);
    dense.linear(x, weight, bias, out);
  }

  @Override
  public void linearBackwardInput(Tensor dOut, Tensor weight, boolean accumulate, Tensor dX) {
    OperationShapes.linearBackwardInput(dOut, weight, dX);
    dense.linearBackwardInput(dOut, weight, accumulate, dX);
  }

  @Override
  public void linearBackwardParameters(
      Tensor x, Tensor dOut, Tensor dWeight, @Nullable Tensor dBias) {
    OperationShapes.linearBackwardParameters(x, dOut, dWeight, dBias);
    dense.linearBackwardParameters(x, dOut, dWeight, dBias);
  }

  @Override
  public void embedding(
      Tensor ids, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor out) {
    OperationShapes.embedding(ids, positions, tokenTable, positionTable, out);
    embedding.embedding(ids, positions, tokenTable, positionTable, out);
  }

  @Override
  public void embeddingBackward(
      Tensor ids, Tensor positions, Tensor dOut, Tensor dTokenTable, Tensor dPositionTable) {
    OperationShapes.embeddingBackward(ids, positions, dOut, dTokenTable, dPositionTable);
    embedding.embeddingBackward(ids, positions, dOut, dTokenTable, dPositionTable);
  }

  @Override
  public void layerNorm(
      Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor out, Tensor mean, Tensor rstd) {
    OperationShapes.layerNorm(x, gain, bias, epsilon, out, mean, rstd);
    layerNorm.layerNorm(x, gain, bias, epsilon, out, mean, rstd);
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
    layerNorm.layerNormBackward(x, gain, mean, rstd, dOut, accumulate, dX, dGain, dBias);
  }

  // ---- attention ---------------------------------------------------------------------------

  @Override
  public void attention(Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse) {
    OperationShapes.attention(qkv, segments, heads, out, lse);
    attention.attention(qkv, segments, heads, out, lse);
  }

  @Override
  public void attentionBackward(
      Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse, Tensor dOut, Tensor dQkv) {
    OperationShapes.attentionBackward(qkv, segments, heads, out, lse, dOut, dQkv);
    attention.attentionBackward(qkv, segments, heads, out, lse, dOut, dQkv);
  }

  @Override
  public void attentionCached(
      Tensor qkv, Tensor rows, Tensor keys, Tensor values, int heads, Tensor out) {
    OperationShapes.attentionCached(qkv, rows, keys, values, heads, out);
    attention.attentionCached(qkv, rows, keys, values, heads, out);
  }

  // ---- the router --------------------------------------------------------------------------

  @Override
  public void stackRows(List<Tensor> rows, Tensor out) {
    ExpertShapes.stackRows(rows, out);
    router.stackRows(rows, out);
  }

  @Override
  public void unstackRows(Tensor dOut, List<Tensor> dRows) {
    ExpertShapes.unstackRows(dOut, dRows);
    router.unstackRows(dOut, dRows);
  }

  @Override
  public void topK(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor activations,
      Tensor experts,
      Tensor gates) {
    ExpertShapes.topK(scores, bias, families, activations, experts, gates);
    router.topK(scores, bias, families, activations, experts, gates);
  }

  @Override
  public void topKBackward(
      Tensor scores,
      Tensor activations,
      Tensor experts,
      Tensor gates,
      Tensor dGates,
      Tensor dScores) {
    ExpertShapes.topKBackward(scores, activations, experts, gates, dGates, dScores);
    router.topKBackward(scores, activations, experts, gates, dGates, dScores);
  }

  @Override
  public void routerMargins(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor segments,
      int expert,
      int topK,
      Tensor margins) {
    ExpertShapes.routerMargins(scores, bias, families, segments, expert, topK, margins);
    router.routerMargins(scores, bias, families, segments, expert, topK, margins);
  }

  @Override
  public void routerLosses(Tensor scores, Tensor offsets, Tensor segments, Tensor losses) {
    ExpertShapes.routerLosses(scores, offsets, segments, losses);
    router.routerLosses(scores, offsets, segments, losses);
  }

  @Override
  public void routerLossesBackward(
      Tensor scores,
      Tensor offsets,
      Tensor segments,
      float balanceWeight,
      float zWeight,
      Tensor dScores) {
    ExpertShapes.routerLossesBackward(scores, offsets, segments, dScores);
    router.routerLossesBackward(scores, offsets, segments, balanceWeight, zWeight, dScores);
  }

  @Override
  public void updateBalanceBias(Tensor counts, Tensor targets, Tensor rates, Tensor bias) {
    ExpertShapes.updateBalanceBias(counts, targets, rates, bias);
    router.updateBalanceBias(counts, targets, rates, bias);
  }

  // ---- experts -----------------------------------------------------------------------------

  @Override
  public void sortByExpert(
      Tensor experts, Tensor segments, Tensor offsets, Tensor slotOfRow, Tensor rowOfSlot) {
    ExpertShapes.sortByExpert(experts, segments, offsets, slotOfRow, rowOfSlot);
    this.experts.sortByExpert(experts, segments, offsets, slotOfRow, rowOfSlot);
  }

  @Override
  public void dispatch(Tensor x, Tensor offsets, Tensor slotOfRow, Tensor out) {
    ExpertShapes.dispatch(x, offsets, slotOfRow, out);
    experts.dispatch(x, offsets, slotOfRow, out);
  }

  @Override
  public void dispatchBackward(Tensor dOut, Tensor rowOfSlot, boolean accumulate, Tensor dX) {
    ExpertShapes.dispatchBackward(dOut, rowOfSlot, dX);
    experts.dispatchBackward(dOut, rowOfSlot, accumulate, dX);
  }

  @Override
  public void groupedLinear(
      Tensor x, Tensor offsets, List<Tensor> weights, List<Tensor> biases, Tensor out) {
    ExpertShapes.groupedLinear(x, offsets, weights, biases, out);
    moe.groupedLinear(x, offsets, weights, biases, out);
  }

  @Override
  public void groupedLinearBackwardInput(
      Tensor dOut, Tensor offsets, List<Tensor> weights, Tensor dX) {
    ExpertShapes.groupedLinearBackwardInput(dOut, offsets, weights, dX);
    moe.groupedLinearBackwardInput(dOut, offsets, weights, dX);
  }

  @Override
  public void groupedLinearBackwardParameters(
      Tensor x, Tensor dOut, Tensor offsets, List<Tensor> dWeights, List<Tensor> dBiases) {
    ExpertShapes.groupedLinearBackwardParameters(x, dOut, offsets, dWeights, dBiases);
    moe.groupedLinearBackwardParameters(x, dOut, offsets, dWeights, dBiases);
  }

  @Override
  public void combine(Tensor y, Tensor gates, Tensor rowOfSlot, Tensor out) {
    ExpertShapes.combine(y, gates, rowOfSlot, out);
    experts.combine(y, gates, rowOfSlot, out);
  }

  @Override
  public void combineBackward(
      Tensor y, Tensor gates, Tensor rowOfSlot, Tensor dOut, Tensor dY, Tensor dGates) {
    ExpertShapes.combineBackward(y, gates, rowOfSlot, dOut, dY, dGates);
    experts.combineBackward(y, gates, rowOfSlot, dOut, dY, dGates);
  }

  // ---- what experts do ---------------------------------------------------------------------

  @Override
  public void expertUtility(
      Tensor y, Tensor gates, Tensor offsets, Tensor slotOfRow, Tensor utility) {
    ExpertShapes.expertUtility(y, gates, offsets, slotOfRow, utility);
    statistics.expertUtility(y, gates, offsets, slotOfRow, utility);
  }

  @Override
  public void expertSums(Tensor y, Tensor offsets, Tensor sums) {
    ExpertShapes.expertSums(y, offsets, sums);
    statistics.expertSums(y, offsets, sums);
  }

  @Override
  public void alignment(Tensor x, Tensor y, Tensor segments, Tensor out) {
    ExpertShapes.alignment(x, y, segments, out);
    statistics.alignment(x, y, segments, out);
  }

  // ---- loss and optimizer ------------------------------------------------------------------

  @Override
  public void linearCrossEntropy(
      Tensor x, Tensor weight, Tensor bias, Tensor targets, Tensor losses) {
    OperationShapes.linearCrossEntropy(x, weight, bias, targets, losses);
    loss.linearCrossEntropy(x, weight, bias, targets, losses);
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
    loss.linearCrossEntropyGradients(x, weight, bias, targets, scale, losses, dX, dWeight, dBias);
  }

  @Override
  public void norm(List<Tensor> tensors, Tensor out) {
    OperationShapes.norm(tensors, out);
    statistics.norm(tensors, out);
  }

  @Override
  public void norms(List<List<Tensor>> groups, Tensor out) {
    OperationShapes.norms(groups, out);
    statistics.norms(groups, out);
  }

  @Override
  public void adamW(
      AdamWStep step, Tensor norm, Tensor value, Tensor gradient, Tensor m, Tensor v) {
    OperationShapes.adamW(norm, value, gradient, m, v);
    optimizer.adamW(step, norm, value, gradient, m, v);
  }
}
