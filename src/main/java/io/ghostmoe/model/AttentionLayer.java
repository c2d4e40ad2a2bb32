package io.ghostmoe.model;

import io.ghostmoe.autograd.Attention;
import io.ghostmoe.autograd.Linear;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.autograd.Variable;
import io.ghostmoe.tensor.Tensor;

/** Multi-head self-attention with its projections. */
final class AttentionLayer {
  private final int heads;
  private final Parameter qkvWeight;
  private final Parameter qkvBias;
  private final Parameter outputWeight;
  private final Parameter outputBias;

  AttentionLayer(
      ParameterRegistry registry, String prefix, ModelConfig config, double residualDeviation) {
    int c = config.width();
    heads = config.heads();
    qkvWeight = registry.normal(prefix + ".qkv.weight", Transformer.DEVIATION, true, 3 * c, c);
    qkvBias = registry.constant(prefix + ".qkv.bias", 0, 3 * c);
    outputWeight = registry.normal(prefix + ".output.weight", residualDeviation, true, c, c);
    outputBias = registry.constant(prefix + ".output.bias", 0, c);
  }

  /** Shapes: x [N,C], segments I32 [B,T]; returns [N,C]. */
  Variable forward(Tape tape, Variable x, Tensor segments) {
    Variable qkv = Linear.apply(tape, x, qkvWeight, qkvBias);
    Variable seen = Attention.apply(tape, qkv, segments, heads);
    return Linear.apply(tape, seen, outputWeight, outputBias);
  }

  /**
   * New positions over a cache, without gradients. Shapes: x [n,C]; returns [n,C].
   *
   * @param rows I32 [n], where the cache holds each
   * @param layer which layer's cache
   */
  Variable forwardCached(Tape tape, Variable x, Tensor rows, KeyValueCache cache, int layer) {
    Variable qkv = Linear.apply(tape, x, qkvWeight, qkvBias);
    Variable seen = tape.variable(x.value().dim(0), x.value().dim(1));
    tape.backend()
        .attentionCached(
            qkv.value(), rows, cache.keys(layer), cache.values(layer), heads, seen.value());
    return Linear.apply(tape, seen, outputWeight, outputBias);
  }
}
