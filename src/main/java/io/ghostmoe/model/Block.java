package io.ghostmoe.model;

import io.ghostmoe.autograd.Add;
import io.ghostmoe.autograd.Dropout;
import io.ghostmoe.autograd.LayerNorm;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.autograd.Variable;
import io.ghostmoe.moe.MoeLayer;
import io.ghostmoe.tensor.Tensor;

/** One pre-norm layer: {@code x += attention(norm(x))}, {@code x += moe(norm(x))}. */
final class Block implements AutoCloseable {
  private final int layer;
  private final Parameter attentionNormGain;
  private final Parameter attentionNormBias;
  private final AttentionLayer attention;
  private final Parameter moeNormGain;
  private final Parameter moeNormBias;
  private final MoeLayer moe;
  private final float dropout;

  Block(ParameterRegistry registry, int layer, ModelConfig config, double residualDeviation) {
    this.layer = layer;
    String prefix = "layers." + layer;
    int c = config.width();
    attentionNormGain = registry.constant(prefix + ".attention_norm.weight", 1, c);
    attentionNormBias = registry.constant(prefix + ".attention_norm.bias", 0, c);
    attention = new AttentionLayer(registry, prefix + ".attention", config, residualDeviation);
    moeNormGain = registry.constant(prefix + ".moe_norm.weight", 1, c);
    moeNormBias = registry.constant(prefix + ".moe_norm.bias", 0, c);
    moe = new MoeLayer(registry, prefix + ".moe", config.moe(), residualDeviation);
    dropout = config.dropout();
  }

  /** Shapes: x [N,C], segments I32 [B,T]; returns [N,C]. */
  MoeLayer.Output forward(Tape tape, Variable x, Tensor segments, StepContext context) {
    Variable normed = LayerNorm.apply(tape, x, attentionNormGain, attentionNormBias);
    Variable seen = attention.forward(tape, normed, segments);
    seen = Dropout.apply(tape, seen, dropout, context.dropoutKey(2 * layer + 1));
    Variable middle = Add.apply(tape, x, seen);
    Variable moeInput = LayerNorm.apply(tape, middle, moeNormGain, moeNormBias);
    MoeLayer.Output output =
        moe.forward(tape, moeInput, segments, context.lossScale(), context.directions());
    Variable thought = Dropout.apply(tape, output.y(), dropout, context.dropoutKey(2 * layer + 2));
    return new MoeLayer.Output(Add.apply(tape, middle, thought), output.stats());
  }

  /** New positions, without gradients. Shapes: x [n,C], rows and segments [n]; returns [n,C]. */
  Variable forwardCached(Tape tape, Variable x, Tensor rows, Tensor segments, KeyValueCache cache) {
    Variable normed = LayerNorm.apply(tape, x, attentionNormGain, attentionNormBias);
    Variable middle = Add.apply(tape, x, attention.forwardCached(tape, normed, rows, cache, layer));
    Variable moeInput = LayerNorm.apply(tape, middle, moeNormGain, moeNormBias);
    return Add.apply(tape, middle, moe.forward(tape, moeInput, segments, 0, false).y());
  }

  MoeLayer moe() {
    return moe;
  }

  /** Gives back what is not the registry's. */
  @Override
  public void close() {
    moe.close();
  }
}
