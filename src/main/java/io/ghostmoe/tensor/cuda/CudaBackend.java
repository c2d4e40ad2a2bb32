package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.OperationShapes;
import io.ghostmoe.tensor.Shape;
import io.ghostmoe.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An NVIDIA GPU. This class checks the operands, {@link CudaExpertOperations} those of a mixture of
 * experts; the classes beside them launch the kernels, one family each. Nothing waits for the
 * device but {@code read}, where errors of kernels come out.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class CudaBackend extends CudaExpertOperations implements Backend {
  private final CudaContext cuda;
  private final CublasFinding cublas;
  private final CudaElementwise elementwise;
  private final CudaDense dense;
  private final CudaEmbedding embedding;
  private final CudaLayerNorm layerNorm;
  private final CudaAttention attention;
  private final CudaLoss loss;
  private final CudaNorm norm;
  private final CudaOptimizer optimizer;

  private CudaBackend(CudaContext cuda, CublasSearch search) {
    this(cuda, new CudaSort(cuda), new CudaRounding(cuda), search.open(cuda));
  }

  private CudaBackend(
      CudaContext cuda, CudaSort sort, CudaRounding rounding, CublasSearch.Result found) {
    super(cuda, sort, rounding);
    this.cuda = cuda;
    cublas = found.finding();
    CudaMatmul matmul = new CudaMatmul(cuda, rounding, found.engine());
    CudaColumnSums columnSums = new CudaColumnSums(cuda);
    elementwise = new CudaElementwise(cuda);
    dense = new CudaDense(matmul, columnSums);
    embedding = new CudaEmbedding(cuda, sort);
    layerNorm = new CudaLayerNorm(cuda, columnSums);
    attention = new CudaAttention(cuda);
    loss = new CudaLoss(cuda, matmul, rounding, columnSums);
    norm = new CudaNorm(cuda);
    optimizer = new CudaOptimizer(cuda);
  }

  /**
   * A backend on a GPU that {@link CudaProbe} found. cuBLAS multiplies its large matrices where it
   * is there and the system property {@code ghostmoe.cublas} does not say {@code off}; the property
   * can also be the path of the library.
   */
  public static CudaBackend on(Gpu gpu) {
    return on(gpu, Precision.FP32);
  }

  /** As {@link #on(Gpu)}, with the inputs of large products rounded. */
  public static CudaBackend on(Gpu gpu, Precision precision) {
    return on(gpu, precision, CublasSearch.ofProcess());
  }

  /** As {@link #on(Gpu, Precision)}, with a cuBLAS of one's choice. */
  static CudaBackend on(Gpu gpu, Precision precision, CublasSearch search) {
    return on(new CudaContext(gpu, CudaMemory.Reuse.POOLED, precision), search);
  }

  /**
   * As {@link #on(Gpu, Precision, CublasSearch)}, its memory handed out exactly, so that a checking
   * driver sees each misuse.
   */
  static CudaBackend unpooled(Gpu gpu, Precision precision, CublasSearch search) {
    return on(new CudaContext(gpu, CudaMemory.Reuse.NONE, precision), search);
  }

  private static CudaBackend on(CudaContext cuda, CublasSearch search) {
    try {
      return new CudaBackend(cuda, search);
    } catch (RuntimeException | Error e) {
      try (cuda) {
        throw e;
      }
    }
  }

  @Override
  public String description() {
    String rounded = cuda.precision() == Precision.BF16 ? ", products of bf16" : "";
    String engine =
        switch (cublas) {
          case CublasFinding.Used(String version, var _) -> "cuBLAS " + version;
          case CublasFinding.Unused(String cause) ->
              "matmul of its own (no cuBLAS: %s)".formatted(cause);
        };
    return "cuda, %s, %s%s".formatted(cuda.gpu(), engine, rounded);
  }

  /** {@return whether cuBLAS multiplies large matrices} */
  public CublasFinding cublas() {
    return cublas;
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
  public void write(float[] source, int count, Tensor target, int to) {
    OperationShapes.hostCopy(target, to, count, source.length);
    cuda.staging().write(source, count, DevicePointer.of(target).plus(4L * to));
  }

  @Override
  public void read(Tensor source, float[] target) {
    OperationShapes.hostCopy(source, DType.F32, target.length);
    cuda.read(DevicePointer.of(source), target);
  }

  @Override
  public void read(Tensor source, int from, float[] target, int count) {
    OperationShapes.hostCopy(source, from, count, target.length);
    cuda.read(DevicePointer.of(source).plus(4L * from), target, count);
  }

  @Override
  public void read(Tensor source, int[] target) {
    OperationShapes.hostCopy(source, DType.I32, target.length);
    cuda.read(DevicePointer.of(source), target);
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
    norm.norms(List.of(tensors), out);
  }

  @Override
  public void norms(List<List<Tensor>> groups, Tensor out) {
    OperationShapes.norms(groups, out);
    norm.norms(groups, out);
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
    optimizer.adamW(steps, norm, values, gradients, m, v);
  }
}
