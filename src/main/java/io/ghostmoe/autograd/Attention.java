package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;

/** Causal multi-head attention within segments; its matrix is never stored. Source: Dao 2022. */
public final class Attention {
  private Attention() {}

  /** Shapes: qkv [B·T,3C], segments I32 [B,T]; returns [B·T,C]. */
  public static Variable apply(Tape tape, Variable qkv, Tensor segments, int heads) {
    Backend backend = tape.backend();
    Variable out = tape.variable(qkv.value().dim(0), qkv.value().dim(1) / 3);
    Tensor lse = tape.take(DType.F32, segments.dim(0), heads, segments.dim(1));
    backend.attention(qkv.value(), segments, heads, out.value(), lse);
    tape.record(
        out,
        () ->
            tape.contributeAssigned(
                qkv,
                dQkv ->
                    backend.attentionBackward(
                        qkv.value(),
                        segments,
                        heads,
                        out.value(),
                        lse,
                        Tape.gradientOf(out),
                        dQkv)));
    return out;
  }
}
