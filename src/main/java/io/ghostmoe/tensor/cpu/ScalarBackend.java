package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.OperationShapes;
import io.ghostmoe.tensor.Shape;
import io.ghostmoe.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plain loops in double arithmetic on one thread: the readable specification of every operation,
 * the twin against which gradients are checked, and the backend of machines without the Vector API.
 *
 * <p>New memory holds NaN, so that a value that was never written is seen and not taken for 0.
 */
public final class ScalarBackend implements Backend {
  private final ScalarBuffer.Storage storage;

  private ScalarBackend(ScalarBuffer.Storage storage) {
    this.storage = storage;
  }

  /** Floats are stored in single precision, as on every other device. */
  public static ScalarBackend float32() {
    return new ScalarBackend(ScalarBuffer.Storage.FLOAT32);
  }

  /** Floats are stored in double precision, so that central differences of a model are precise. */
  public static ScalarBackend float64() {
    return new ScalarBackend(ScalarBuffer.Storage.FLOAT64);
  }

  @Override
  public String description() {
    return switch (storage) {
      case FLOAT32 -> "CPU, scalar loops, float32, 1 thread";
      case FLOAT64 -> "CPU, scalar loops, float64, 1 thread";
    };
  }

  @Override
  public Tensor allocate(DType type, int... dims) {
    Shape shape = Shape.of(dims);
    return new Tensor(shape, type, ScalarBuffer.allocate(type, shape.elements(), storage));
  }

  @Override
  public void release(Tensor tensor) {
    // the garbage collector does it
  }

  @Override
  public void write(float[] source, Tensor target) {
    OperationShapes.hostCopy(target, DType.F32, source.length);
    for (int i = 0; i < source.length; i++) {
      ScalarBuffer.reals(target).set(i, source[i]);
    }
  }

  /** As {@link #write(float[], Tensor)}, without loss where floats are stored as doubles. */
  public void write(double[] source, Tensor target) {
    OperationShapes.hostCopy(target, DType.F32, source.length);
    for (int i = 0; i < source.length; i++) {
      ScalarBuffer.reals(target).set(i, source[i]);
    }
  }

  @Override
  public void write(int[] source, Tensor target) {
    OperationShapes.hostCopy(target, DType.I32, source.length);
    System.arraycopy(source, 0, ScalarBuffer.ints(target), 0, source.length);
  }

  @Override
  public void write(float[] source, int count, Tensor target, int to) {
    OperationShapes.hostCopy(target, to, count, source.length);
    for (int i = 0; i < count; i++) {
      ScalarBuffer.reals(target).set(to + i, source[i]);
    }
  }

  @Override
  public void read(Tensor source, float[] target) {
    OperationShapes.hostCopy(source, DType.F32, target.length);
    for (int i = 0; i < target.length; i++) {
      target[i] = (float) ScalarBuffer.reals(source).get(i);
    }
  }

  /** As {@link #read(Tensor, float[])}, without loss where floats are stored as doubles. */
  public void read(Tensor source, double[] target) {
    OperationShapes.hostCopy(source, DType.F32, target.length);
    for (int i = 0; i < target.length; i++) {
      target[i] = ScalarBuffer.reals(source).get(i);
    }
  }

  @Override
  public void read(Tensor source, int[] target) {
    OperationShapes.hostCopy(source, DType.I32, target.length);
    System.arraycopy(ScalarBuffer.ints(source), 0, target, 0, target.length);
  }

  @Override
  public void read(Tensor source, int from, float[] target, int count) {
    OperationShapes.hostCopy(source, from, count, target.length);
    for (int i = 0; i < count; i++) {
      target[i] = (float) ScalarBuffer.reals(source).get(from + i);
    }
  }

  @Override
  public void close() {
    // nothing is held but memory
  }

  @Override
  public void fill(Tensor out, float value) {
    ScalarElementwise.fill(out, value);
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    ScalarElementwise.copy(x, out);
  }

  @Override
  public void add(Tensor a, Tensor b, Tensor out) {
    ScalarElementwise.add(a, b, out);
  }

  @Override
  public void dropout(Tensor x, float rate, long key, Tensor out) {
    ScalarElementwise.dropout(x, rate, key, out);
  }

  @Override
  public void gelu(Tensor x, Tensor out) {
    ScalarElementwise.gelu(x, out);
  }

  @Override
  public void geluBackward(Tensor x, Tensor dOut, Tensor dX) {
    ScalarElementwise.geluBackward(x, dOut, dX);
  }

  @Override
  public void linear(Tensor x, Tensor weight, @Nullable Tensor bias, Tensor out) {
    ScalarDense.linear(x, weight, bias, out);
  }

  @Override
  public void linearBackwardInput(Tensor dOut, Tensor weight, boolean accumulate, Tensor dX) {
    ScalarDense.linearBackwardInput(dOut, weight, accumulate, dX);
  }

  @Override
  public void linearBackwardParameters(
      Tensor x, Tensor dOut, Tensor dWeight, @Nullable Tensor dBias) {
    ScalarDense.linearBackwardParameters(x, dOut, dWeight, dBias);
  }

  @Override
  public void embedding(
      Tensor ids, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor out) {
    ScalarDense.embedding(ids, positions, tokenTable, positionTable, out);
  }

  @Override
  public void embeddingBackward(
      Tensor ids, Tensor positions, Tensor dOut, Tensor dTokenTable, Tensor dPositionTable) {
    ScalarDense.embeddingBackward(ids, positions, dOut, dTokenTable, dPositionTable);
  }

  @Override
  public void layerNorm(
      Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor out, Tensor mean, Tensor rstd) {
    ScalarNorm.layerNorm(x, gain, bias, epsilon, out, mean, rstd);
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
    ScalarNorm.layerNormBackward(x, gain, mean, rstd, dOut, accumulate, dX, dGain, dBias);
  }

  @Override
  public void attention(Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse) {
    ScalarAttention.attention(qkv, segments, heads, out, lse);
  }

  @Override
  public void attentionBackward(
      Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse, Tensor dOut, Tensor dQkv) {
    ScalarAttention.attentionBackward(qkv, segments, heads, out, lse, dOut, dQkv);
  }

  @Override
  public void attentionCached(
      Tensor qkv, Tensor rows, Tensor keys, Tensor values, int heads, Tensor out) {
    ScalarAttention.attentionCached(qkv, rows, keys, values, heads, out);
  }

  @Override
  public void stackRows(List<Tensor> rows, Tensor out) {
    ScalarRouter.stackRows(rows, out);
  }

  @Override
  public void unstackRows(Tensor dOut, List<Tensor> dRows) {
    ScalarRouter.unstackRows(dOut, dRows);
  }

  @Override
  public void topK(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor activations,
      Tensor experts,
      Tensor gates) {
    ScalarRouter.topK(scores, bias, families, activations, experts, gates);
  }

  @Override
  public void topKBackward(
      Tensor scores,
      Tensor activations,
      Tensor experts,
      Tensor gates,
      Tensor dGates,
      Tensor dScores) {
    ScalarRouter.topKBackward(scores, activations, experts, gates, dGates, dScores);
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
    ScalarRouter.routerMargins(scores, bias, families, segments, expert, topK, margins);
  }

  @Override
  public void routerLosses(Tensor scores, Tensor offsets, Tensor segments, Tensor losses) {
    ScalarRouter.routerLosses(scores, offsets, segments, losses);
  }

  @Override
  public void routerLossesBackward(
      Tensor scores,
      Tensor offsets,
      Tensor segments,
      float balanceWeight,
      float zWeight,
      Tensor dScores) {
    ScalarRouter.routerLossesBackward(scores, offsets, segments, balanceWeight, zWeight, dScores);
  }

  @Override
  public void updateBalanceBias(Tensor counts, Tensor targets, Tensor rates, Tensor bias) {
    ScalarRouter.updateBalanceBias(counts, targets, rates, bias);
  }

  @Override
  public void sortByExpert(
      Tensor experts, Tensor segments, Tensor offsets, Tensor slotOfRow, Tensor rowOfSlot) {
    ScalarExperts.sortByExpert(experts, segments, offsets, slotOfRow, rowOfSlot);
  }

  @Override
  public void dispatch(Tensor x, Tensor offsets, Tensor slotOfRow, Tensor out) {
    ScalarExperts.dispatch(x, offsets, slotOfRow, out);
  }

  @Override
  public void dispatchBackward(Tensor dOut, Tensor rowOfSlot, boolean accumulate, Tensor dX) {
    ScalarExperts.dispatchBackward(dOut, rowOfSlot, accumulate, dX);
  }

  @Override
  public void groupedLinear(
      Tensor x, Tensor offsets, List<Tensor> weights, List<Tensor> biases, Tensor out) {
    ScalarExperts.groupedLinear(x, offsets, weights, biases, out);
  }

  @Override
  public void groupedLinearBackwardInput(
      Tensor dOut, Tensor offsets, List<Tensor> weights, Tensor dX) {
    ScalarExperts.groupedLinearBackwardInput(dOut, offsets, weights, dX);
  }

  @Override
  public void groupedLinearBackwardParameters(
      Tensor x, Tensor dOut, Tensor offsets, List<Tensor> dWeights, List<Tensor> dBiases) {
    ScalarExperts.groupedLinearBackwardParameters(x, dOut, offsets, dWeights, dBiases);
  }

  @Override
  public void combine(Tensor y, Tensor gates, Tensor rowOfSlot, Tensor out) {
    ScalarExperts.combine(y, gates, rowOfSlot, out);
  }

  @Override
  public void combineBackward(
      Tensor y, Tensor gates, Tensor rowOfSlot, Tensor dOut, Tensor dY, Tensor dGates) {
    ScalarExperts.combineBackward(y, gates, rowOfSlot, dOut, dY, dGates);
  }

  @Override
  public void expertUtility(
      Tensor y, Tensor gates, Tensor offsets, Tensor slotOfRow, Tensor utility) {
    ScalarStatistics.expertUtility(y, gates, offsets, slotOfRow, utility);
  }

  @Override
  public void expertSums(Tensor y, Tensor offsets, Tensor sums) {
    ScalarStatistics.expertSums(y, offsets, sums);
  }

  @Override
  public void alignment(Tensor x, Tensor y, Tensor segments, Tensor out) {
    ScalarStatistics.alignment(x, y, segments, out);
  }

  @Override
  public void linearCrossEntropy(
      Tensor x, Tensor weight, Tensor bias, Tensor targets, Tensor losses) {
    ScalarLoss.linearCrossEntropy(x, weight, bias, targets, losses);
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
    ScalarLoss.linearCrossEntropyGradients(
        x, weight, bias, targets, scale, losses, dX, dWeight, dBias);
  }

  @Override
  public void norm(List<Tensor> tensors, Tensor out) {
    ScalarStatistics.norm(tensors, out);
  }

  @Override
  public void norms(List<List<Tensor>> groups, Tensor out) {
    ScalarStatistics.norms(groups, out);
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
    for (int i = 0; i < steps.size(); i++) {
      ScalarOptimizer.adamW(
          steps.get(i), norm, values.get(i), gradients.get(i), m.get(i), v.get(i));
    }
  }
}
