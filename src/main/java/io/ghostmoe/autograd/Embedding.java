package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;

/** Token and learned position embeddings, added. */
public final class Embedding {
  private Embedding() {}

  /** Shapes: ids and positions I32 [N], tokenTable [V,C], positionTable [T,C]; returns [N,C]. */
  public static Variable apply(
      Tape tape, Tensor ids, Tensor positions, Parameter tokenTable, Parameter positionTable) {
    Backend backend = tape.backend();
    Variable x = tape.variable(ids.dim(0), tokenTable.value().dim(1));
    backend.embedding(ids, positions, tokenTable.value(), positionTable.value(), x.value());
    tape.record(
        x,
        () ->
            backend.embeddingBackward(
                ids,
                positions,
                Tape.gradientOf(x),
                tokenTable.requireGradient(),
                positionTable.requireGradient()));
    return x;
  }
}
