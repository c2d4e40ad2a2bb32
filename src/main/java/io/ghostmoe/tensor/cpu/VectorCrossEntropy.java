package io.ghostmoe.tensor.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The head and its loss without the logits: the tokens that have a target are taken in blocks, and
 * each block meets the whole vocabulary ({@link CrossEntropyBlock}).
 */
final class VectorCrossEntropy {
  private final WorkerPool pool;
  private final Workspace workspace;

  VectorCrossEntropy(WorkerPool pool, Workspace workspace) {
    this.pool = pool;
    this.workspace = workspace;
  }

  /** The operands of one call. */
  record Head(int width, int vocabulary, float[] x, float[] weight, float[] bias, int[] targets) {}

  /** Where the gradients go; {@code dX} is zeroed by the caller. */
  record Gradients(float scale, float[] dX, float[] dWeight, float[] dBias) {}

  /**
   * Tokens of a block. A wide head is worth a larger block: its weights are then read less often.
   */
  private static int blockTokens(int width) {
    return width < 128 ? CrossEntropyBlock.PANEL : 4 * CrossEntropyBlock.PANEL;
  }

  /** Losses alone. */
  void losses(Head head, float[] losses) {
    run(head, losses, null);
  }

  /** Losses and gradients. */
  void lossesAndGradients(Head head, float[] losses, Gradients gradients) {
    run(head, losses, gradients);
  }

  private void run(Head head, float[] losses, @Nullable Gradients gradients) {
    Arrays.fill(losses, 0f);
    int[] tokens = new int[blockTokens(head.width)];
    int filled = 0;
    CrossEntropyBlock block =
        new CrossEntropyBlock(pool, workspace, head, tokens, gradients != null);
    for (int n = 0; n < head.targets.length; n++) {
      if (head.targets[n] >= 0) {
        tokens[filled++] = n;
      }
      if (filled == tokens.length || (n == head.targets.length - 1 && filled > 0)) {
        block.forward(filled, losses);
        if (gradients != null) {
          block.backward(filled, gradients);
        }
        filled = 0;
      }
    }
  }
}
