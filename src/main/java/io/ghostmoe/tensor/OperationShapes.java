package io.ghostmoe.tensor;

import static io.ghostmoe.tensor.ShapeChecks.floats;
import static io.ghostmoe.tensor.ShapeChecks.same;

import io.ghostmoe.tensor.Backend.AdamWStep;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The shapes of every operation of {@link Backend}, as checks that every backend makes at the head
 * of the operation, before anything is written.
 *
 * <p>A method bears the name of its operation and takes the same operands; it raises {@link
 * ShapeMismatchException} for a wrong shape or type and {@link IllegalArgumentException} for a
 * scalar out of its range, naming operation and operand. What tensors of integers contain is not
 * looked at here, because a device would have to be waited for. The operations of the mixture of
 * experts are in {@link ExpertShapes}.
 */
public final class OperationShapes {
  private OperationShapes() {}

  // ---- memory and element-wise --------------------------------------------------------------

  /** Host copies: {@code target} or {@code source} is of {@code type} and {@code length} long. */
  public static void hostCopy(Tensor tensor, DType type, int length) {
    if (tensor.type() != type || tensor.elements() != length) {
      throw new ShapeMismatchException(
          "host copy: the tensor is %s %s of %d elements, the array %s of %d"
              .formatted(
                  tensor.type(), tensor.shape(), tensor.elements(), type.toString(), length));
    }
  }

  /** Host copies of some elements, which both the tensor and the array have. */
  public static void hostCopy(Tensor tensor, int start, int count, int length) {
    if (tensor.type() != DType.F32
        || start < 0
        || count < 0
        || count > tensor.elements() - start
        || count > length) {
      throw new ShapeMismatchException(
          "host copy: %d elements from %d on of %s %s, and an array of %d floats"
              .formatted(count, start, tensor.type(), tensor.shape(), length));
    }
  }

  /** {@link Backend#fill}. */
  public static void fill(Tensor out) {
    floats("fill: out", out);
  }

  /** {@link Backend#copy}. */
  public static void copy(Tensor x, Tensor out) {
    floats("copy: x", x);
    same("copy: out", out, x);
  }

  /** {@link Backend#add}. */
  public static void add(Tensor a, Tensor b, Tensor out) {
    floats("add: a", a);
    same("add: b", b, a);
    same("add: out", out, a);
  }

  /** {@link Backend#dropout}. */
  public static void dropout(Tensor x, float rate, Tensor out) {
    floats("dropout: x", x);
    same("dropout: out", out, x);
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("dropout: rate %s is not in [0, 1)".formatted(rate));
    }
  }

  /** {@link Backend#gelu}. */
  public static void gelu(Tensor x, Tensor out) {
    floats("gelu: x", x);
    same("gelu: out", out, x);
  }

  /** {@link Backend#geluBackward}. */
  public static void geluBackward(Tensor x, Tensor dOut, Tensor dX) {
    floats("geluBackward: x", x);
    same("geluBackward: dOut", dOut, x);
    same("geluBackward: dX", dX, x);
  }

  // ---- dense layers, embedding, normalisation -----------------------------------------------

  /** {@link Backend#linear}. */
  public static void linear(Tensor x, Tensor weight, @Nullable Tensor bias, Tensor out) {
    x.requireShape("linear: x", -1, -1);
    weight.requireShape("linear: weight", -1, x.dim(1));
    out.requireShape("linear: out", x.dim(0), weight.dim(0));
    if (bias != null) {
      bias.requireShape("linear: bias", weight.dim(0));
    }
  }

  /** {@link Backend#linearBackwardInput}. */
  public static void linearBackwardInput(Tensor dOut, Tensor weight, Tensor dX) {
    dOut.requireShape("linearBackwardInput: dOut", -1, -1);
    weight.requireShape("linearBackwardInput: weight", dOut.dim(1), -1);
    dX.requireShape("linearBackwardInput: dX", dOut.dim(0), weight.dim(1));
  }

  /** {@link Backend#linearBackwardParameters}. */
  public static void linearBackwardParameters(
      Tensor x, Tensor dOut, Tensor dWeight, @Nullable Tensor dBias) {
    x.requireShape("linearBackwardParameters: x", -1, -1);
    dOut.requireShape("linearBackwardParameters: dOut", x.dim(0), -1);
    dWeight.requireShape("linearBackwardParameters: dWeight", dOut.dim(1), x.dim(1));
    if (dBias != null) {
      dBias.requireShape("linearBackwardParameters: dBias", dOut.dim(1));
    }
  }

  /** {@link Backend#embedding}. */
  public static void embedding(
      Tensor ids, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor out) {
    ids.requireInts("embedding: ids", -1);
    positions.requireInts("embedding: positions", ids.dim(0));
    out.requireShape("embedding: out", ids.dim(0), -1);
    tokenTable.requireShape("embedding: tokenTable", -1, out.dim(1));
    positionTable.requireShape("embedding: positionTable", -1, out.dim(1));
  }

  /** {@link Backend#embeddingBackward}. */
  public static void embeddingBackward(
      Tensor ids, Tensor positions, Tensor dOut, Tensor dTokenTable, Tensor dPositionTable) {
    ids.requireInts("embeddingBackward: ids", -1);
    positions.requireInts("embeddingBackward: positions", ids.dim(0));
    dOut.requireShape("embeddingBackward: dOut", ids.dim(0), -1);
    dTokenTable.requireShape("embeddingBackward: dTokenTable", -1, dOut.dim(1));
    dPositionTable.requireShape("embeddingBackward: dPositionTable", -1, dOut.dim(1));
  }

  /** {@link Backend#layerNorm}. */
  public static void layerNorm(
      Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor out, Tensor mean, Tensor rstd) {
    x.requireShape("layerNorm: x", -1, -1);
    gain.requireShape("layerNorm: gain", x.dim(1));
    bias.requireShape("layerNorm: bias", x.dim(1));
    out.requireShape("layerNorm: out", x.dim(0), x.dim(1));
    mean.requireShape("layerNorm: mean", x.dim(0));
    rstd.requireShape("layerNorm: rstd", x.dim(0));
    if (!(epsilon > 0 && Float.isFinite(epsilon))) {
      throw new IllegalArgumentException(
          "layerNorm: epsilon %s is not a positive number".formatted(epsilon));
    }
  }

  /** {@link Backend#layerNormBackward}. */
  public static void layerNormBackward(
      Tensor x,
      Tensor gain,
      Tensor mean,
      Tensor rstd,
      Tensor dOut,
      Tensor dX,
      Tensor dGain,
      Tensor dBias) {
    x.requireShape("layerNormBackward: x", -1, -1);
    gain.requireShape("layerNormBackward: gain", x.dim(1));
    mean.requireShape("layerNormBackward: mean", x.dim(0));
    rstd.requireShape("layerNormBackward: rstd", x.dim(0));
    dOut.requireShape("layerNormBackward: dOut", x.dim(0), x.dim(1));
    dX.requireShape("layerNormBackward: dX", x.dim(0), x.dim(1));
    dGain.requireShape("layerNormBackward: dGain", x.dim(1));
    dBias.requireShape("layerNormBackward: dBias", x.dim(1));
  }

  // ---- attention ----------------------------------------------------------------------------

  /** {@link Backend#attention}. */
  public static void attention(Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse) {
    segments.requireInts("attention: segments", -1, -1);
    out.requireShape("attention: out", segments.elements(), -1);
    qkv.requireShape("attention: qkv", segments.elements(), 3 * out.dim(1));
    lse.requireShape("attention: lse", segments.dim(0), heads, segments.dim(1));
    headsDivide("attention", heads, out.dim(1));
  }

  /** {@link Backend#attentionBackward}. */
  public static void attentionBackward(
      Tensor qkv, Tensor segments, int heads, Tensor out, Tensor lse, Tensor dOut, Tensor dQkv) {
    segments.requireInts("attentionBackward: segments", -1, -1);
    out.requireShape("attentionBackward: out", segments.elements(), -1);
    qkv.requireShape("attentionBackward: qkv", segments.elements(), 3 * out.dim(1));
    lse.requireShape("attentionBackward: lse", segments.dim(0), heads, segments.dim(1));
    same("attentionBackward: dOut", dOut, out);
    same("attentionBackward: dQkv", dQkv, qkv);
    headsDivide("attentionBackward", heads, out.dim(1));
  }

  /** {@link Backend#attentionCached}. */
  public static void attentionCached(
      Tensor qkv, Tensor rows, Tensor keys, Tensor values, int heads, Tensor out) {
    out.requireShape("attentionCached: out", -1, -1);
    qkv.requireShape("attentionCached: qkv", out.dim(0), 3 * out.dim(1));
    rows.requireInts("attentionCached: rows", out.dim(0));
    keys.requireShape("attentionCached: keys", -1, -1, out.dim(1));
    same("attentionCached: values", values, keys);
    headsDivide("attentionCached", heads, out.dim(1));
  }

  private static void headsDivide(String operation, int heads, int width) {
    if (heads < 1 || width % heads != 0) {
      throw new IllegalArgumentException(
          "%s: width %s does not divide into %s heads".formatted(operation, width, heads));
    }
  }

  // ---- loss and optimizer -------------------------------------------------------------------

  /** {@link Backend#linearCrossEntropy}. */
  public static void linearCrossEntropy(
      Tensor x, Tensor weight, Tensor bias, Tensor targets, Tensor losses) {
    x.requireShape("linearCrossEntropy: x", -1, -1);
    weight.requireShape("linearCrossEntropy: weight", -1, x.dim(1));
    bias.requireShape("linearCrossEntropy: bias", weight.dim(0));
    targets.requireInts("linearCrossEntropy: targets", x.dim(0));
    losses.requireShape("linearCrossEntropy: losses", x.dim(0));
  }

  /** {@link Backend#linearCrossEntropyGradients}. */
  public static void linearCrossEntropyGradients(
      Tensor x,
      Tensor weight,
      Tensor bias,
      Tensor targets,
      Tensor losses,
      Tensor dX,
      Tensor dWeight,
      Tensor dBias) {
    linearCrossEntropy(x, weight, bias, targets, losses);
    same("linearCrossEntropyGradients: dX", dX, x);
    same("linearCrossEntropyGradients: dWeight", dWeight, weight);
    same("linearCrossEntropyGradients: dBias", dBias, bias);
  }

  /** {@link Backend#norm}. */
  public static void norm(List<Tensor> tensors, Tensor out) {
    for (Tensor tensor : tensors) {
      floats("norm: each of tensors", tensor);
    }
    out.requireShape("norm: out", 1);
  }

  /** {@link Backend#norms}. */
  public static void norms(List<List<Tensor>> groups, Tensor out) {
    if (groups.isEmpty()) {
      throw new IllegalArgumentException("norms: no groups");
    }
    for (List<Tensor> group : groups) {
      for (Tensor tensor : group) {
        floats("norms: each of groups", tensor);
      }
    }
    out.requireShape("norms: out", groups.size());
  }

  /** {@link Backend#adamW}. */
  public static void adamW(
      List<AdamWStep> steps,
      Tensor norm,
      List<Tensor> values,
      List<Tensor> gradients,
      List<Tensor> m,
      List<Tensor> v) {
    norm.requireShape("adamW: norm", 1);
    int count = steps.size();
    if (values.size() != count
        || gradients.size() != count
        || m.size() != count
        || v.size() != count) {
      throw new IllegalArgumentException(
          "adamW: %d steps, %d values, %d gradients, %d first and %d second moments: one each for a parameter"
              .formatted(count, values.size(), gradients.size(), m.size(), v.size()));
    }
    for (int i = 0; i < count; i++) {
      floats("adamW: value", values.get(i));
      same("adamW: gradient", gradients.get(i), values.get(i));
      same("adamW: m", m.get(i), values.get(i));
      same("adamW: v", v.get(i), values.get(i));
    }
  }
}
