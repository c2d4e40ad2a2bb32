package io.ghostmoe.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a device must be able to compute. Every method is abstract, so a backend that lacks a kernel
 * does not compile; {@code tensor.cpu.ScalarBackend} is the readable specification of each.
 *
 * <p>Letters in shapes: {@code B} batch, {@code T} time, {@code C} width, {@code H} heads, {@code D
 * = C/H} head size, {@code V} vocabulary, {@code A} awake experts, {@code K} top-k, {@code F}
 * expert hidden, {@code N = B·T} tokens, {@code S = N·K} slots, {@code I} and {@code O} the inputs
 * and outputs of a dense layer.
 *
 * <p>Rules that hold for every operation:
 *
 * <ul>
 *   <li>It writes to the outputs it is given and returns nothing; {@code read} is the only
 *       synchronisation with the host.
 *   <li>Outputs are overwritten whatever they held (NaN included), with two exceptions: gradients
 *       of parameters always accumulate, and gradients of activations accumulate where the caller
 *       says {@code accumulate}, because the activation has more than one consumer.
 *   <li>The result is a function of shapes and inputs alone, never of the number of threads.
 *   <li>Inputs and outputs do not overlap unless the operation says that they may.
 *   <li>A tensor of the wrong shape or type raises {@link ShapeMismatchException} before anything
 *       is written ({@link OperationShapes}, {@link ExpertShapes}). An integer that would index
 *       outside of memory (id, position, target, expert, offset, row) raises {@link
 *       IllegalArgumentException} on the CPU.
 * </ul>
 */
public interface Backend extends ExpertOperations, AutoCloseable {

  /** One line for people: device, vector width, threads. */
  String description();

  // ---- memory -------------------------------------------------------------------------------

  /** New memory with undefined contents. */
  Tensor allocate(DType type, int... dims);

  /** Gives memory back; the tensor must not be used again. */
  void release(Tensor tensor);

  /** Copies {@code source} from the host; the lengths must agree. */
  void write(float[] source, Tensor target);

  /** Copies {@code source} from the host; the lengths must agree. */
  void write(int[] source, Tensor target);

  /**
   * Copies the first {@code count} floats of {@code source} from the host to the elements of {@code
   * target} from {@code to} on: a tensor piece by piece needs no second copy of it.
   */
  void write(float[] source, int count, Tensor target, int to);

  /** Waits for every operation so far and copies to the host; the lengths must agree. */
  void read(Tensor source, float[] target);

  /** Waits for every operation so far and copies to the host; the lengths must agree. */
  void read(Tensor source, int[] target);

  /**
   * Waits for every operation so far and copies {@code count} elements of {@code source} from
   * {@code from} on to the start of {@code target} on the host.
   */
  void read(Tensor source, int from, float[] target, int count);

  /** {@code out = value}, any shape, floats. */
  void fill(Tensor out, float value);

  /** {@code out = x}, same shape, floats. */
  void copy(Tensor x, Tensor out);

  @Override
  void close();

  // ---- element-wise -------------------------------------------------------------------------

  /** {@code out = a + b}, same shapes; {@code out} may be {@code a} or {@code b}. */
  void add(Tensor a, Tensor b, Tensor out);

  /**
   * Inverted dropout: {@code out_i = x_i / (1 − rate)} where {@code CounterRandom.uniform(key, i) ≥
   * rate}, else 0. Applied to a gradient with the same key it is its own backward. {@code out} may
   * be {@code x}. Source: Srivastava et al. 2014.
   *
   * @param rate probability of dropping, in [0, 1)
   */
  void dropout(Tensor x, float rate, long key, Tensor out);

  /**
   * {@code out = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))}, same shapes. Source: Hendrycks and
   * Gimpel 2016, the tanh form that GPT-2 uses.
   */
  void gelu(Tensor x, Tensor out);

  /** {@code dX = dOut · gelu′(x)}, same shapes; {@code dX} may be {@code dOut}. */
  void geluBackward(Tensor x, Tensor dOut, Tensor dX);

  // ---- dense layers -------------------------------------------------------------------------

  /** {@code out = x·weightᵀ + bias}. Shapes: x [N,I], weight [O,I], bias [O] or null, out [N,O]. */
  void linear(Tensor x, Tensor weight, @Nullable Tensor bias, Tensor out);

  /** {@code dX (+)= dOut·weight}. Shapes: dOut [N,O], weight [O,I], dX [N,I]. */
  void linearBackwardInput(Tensor dOut, Tensor weight, boolean accumulate, Tensor dX);

  /**
   * {@code dWeight += dOutᵀ·x}, {@code dBias += Σ_n dOut_n}. Shapes: x [N,I], dOut [N,O], dWeight
   * [O,I], dBias [O] or null.
   */
  void linearBackwardParameters(Tensor x, Tensor dOut, Tensor dWeight, @Nullable Tensor dBias);

  // ---- embedding ----------------------------------------------------------------------------

  /**
   * {@code out_n = tokenTable[ids_n] + positionTable[positions_n]}. Shapes: ids and positions I32
   * [N], tokenTable [V,C], positionTable [T,C], out [N,C].
   */
  void embedding(Tensor ids, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor out);

  /**
   * {@code dTokenTable[ids_n] += dOut_n}, {@code dPositionTable[positions_n] += dOut_n}, each row's
   * terms added in the order of n.
   */
  void embeddingBackward(
      Tensor ids, Tensor positions, Tensor dOut, Tensor dTokenTable, Tensor dPositionTable);

  // ---- normalisation ------------------------------------------------------------------------

  /**
   * {@code out = (x − mean)·rstd·gain + bias} over the innermost extent, {@code rstd = 1/√(var +
   * epsilon)}, biased variance. Shapes: x and out [N,C], gain and bias [C], mean and rstd [N] (kept
   * for the backward pass). Source: Ba, Kiros, Hinton 2016, eq. 4.
   */
  void layerNorm(
      Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor out, Tensor mean, Tensor rstd);

  /** The gradients of {@link #layerNorm}: dX (assigned or accumulated), dGain and dBias. */
  void layerNormBackward(
      Tensor x,
      Tensor gain,
      Tensor mean,
      Tensor rstd,
      Tensor dOut,
      boolean accumulate,
      Tensor dX,
      Tensor dGain,
      Tensor dBias);

  // ---- attention ----------------------------------------------------------------------------

  /**
   * Causal multi-head attention within segments, without storing its matrix: position t sees u ≤ t
   * of its own row where {@code segments[b,u] == segments[b,t]}; scale 1/√D. A position of segment
   * −1 is padding: nobody sees it, and its output is 0. Shapes: qkv [B·T, 3C] (all of q, then k,
   * then v; heads contiguous within each), segments I32 [B,T] (equal segments adjacent), out [B·T,
   * C], lse [B,H,T] (natural logarithm of the sum of exponentials, kept for the backward pass; 0
   * for padding). Source: Dao et al. 2022, algorithm 1.
   */
  void attention(Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse);

  /** {@code dQkv} of {@link #attention}, assigned; padding receives 0. */
  void attentionBackward(
      Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse, Tensor dOut, Tensor dQkv);

  /**
   * Attention of n new positions, of whichever sequences, over a cache of S sequences: the key and
   * the value of position i are stored at row {@code rows[i]} of the cache's S·T, then position i
   * attends the rows of its sequence up to its own, {@code rows[i] / T · T … rows[i]}. Shapes: qkv
   * [n,3C], rows I32 [n], no two alike, keys and values [S,T,C], out [n,C].
   */
  void attentionCached(Tensor qkv, Tensor rows, Tensor keys, Tensor values, int heads, Tensor out);

  // ---- loss ---------------------------------------------------------------------------------

  /**
   * {@code losses_n = −ln softmax(x_n·weightᵀ + bias)[targets_n]} in nats, 0 where the target is
   * −1. The logits [N,V] never exist. Shapes: x [N,C], weight [V,C], bias [V], targets I32 [N],
   * losses [N].
   */
  void linearCrossEntropy(Tensor x, Tensor weight, Tensor bias, Tensor targets, Tensor losses);

  /**
   * {@link #linearCrossEntropy} together with the gradients of {@code scale·Σ losses}: dX assigned
   * (0 where the target is −1), dWeight and dBias accumulated. Fused because the backward pass
   * needs every probability of the forward one. Source: Wijmans et al. 2024 (cut cross-entropy) for
   * the idea of never storing the logits.
   *
   * @param scale usually 1 / number of targets of the whole step
   */
  void linearCrossEntropyGradients(
      Tensor x,
      Tensor weight,
      Tensor bias,
      Tensor targets,
      float scale,
      Tensor losses,
      Tensor dX,
      Tensor dWeight,
      Tensor dBias);

  // ---- optimizer ----------------------------------------------------------------------------

  /**
   * {@code out[0] = √(Σ x²)} over all elements of all tensors, summed in double. Shape: out [1].
   */
  void norm(List<Tensor> tensors, Tensor out);

  /**
   * {@link #norm} of each of several groups: {@code out[i] = √(Σ x²)} over all elements of all
   * tensors of {@code groups[i]}, 0 for an empty group. Shape: out [groups], at least one.
   */
  void norms(List<List<Tensor>> groups, Tensor out);

  /**
   * One step of AdamW (Loshchilov and Hutter 2019, algorithm 2) on each of several parameters;
   * value, gradient, m and v of one have one shape. The gradient is multiplied by {@code min(1,
   * maxNorm/(norm + 1e-6))} first and is zero afterwards. Where {@code norm} is not finite nothing
   * is changed at all.
   *
   * @param steps one for each parameter
   * @param norm the norm of all gradients of this step, shape [1]
   */
  void adamW(
      List<AdamWStep> steps,
      Tensor norm,
      List<Tensor> values,
      List<Tensor> gradients,
      List<Tensor> m,
      List<Tensor> v);

  /**
   * The scalars of one AdamW step on one parameter.
   *
   * @param learningRate of this step
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root of the corrected second moment
   * @param weightDecay decoupled; the value shrinks by {@code learningRate·weightDecay}
   * @param count which update of this parameter this is, from 1, for the bias corrections
   * @param maxNorm the gradients' norm is clipped to this; infinite for no clipping
   */
  record AdamWStep(
      float learningRate,
      float beta1,
      float beta2,
      float epsilon,
      float weightDecay,
      long count,
      float maxNorm) {
    /** Refuses what would turn parameters into NaN or make them grow without a gradient. */
    public AdamWStep {
      check(learningRate >= 0 && Float.isFinite(learningRate), "learningRate", learningRate);
      check(beta1 >= 0 && beta1 < 1, "beta1", beta1);
      check(beta2 >= 0 && beta2 < 1, "beta2", beta2);
      check(epsilon > 0 && Float.isFinite(epsilon), "epsilon", epsilon);
      check(weightDecay >= 0 && Float.isFinite(weightDecay), "weightDecay", weightDecay);
      check(count >= 1, "count", count);
      check(maxNorm > 0, "maxNorm", maxNorm);
    }

    private static void check(boolean holds, String name, Object value) {
      if (!holds) {
        throw new IllegalArgumentException("adamW: " + name + " " + value + " is out of range");
      }
    }
  }
}
