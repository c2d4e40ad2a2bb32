package io.ghostmoe.data.batch;

import io.ghostmoe.base.UserException;

/**
 * The shape of the batches and what they score.
 *
 * @param batching how documents become windows
 * @param lossOn which targets are scored
 * @param rows windows a batch, B
 * @param length tokens a window, T
 * @param endOfText the tokenizer's end-of-text id
 */
public record BatchSettings(Batching batching, LossOn lossOn, int rows, int length, int endOfText) {
  /** Checks the sizes; names the flag that sets them. */
  public BatchSettings {
    if (rows < 1) {
      throw UserException.input("batch size " + rows + ": pass --batch-size 1 or more.");
    }
    if (length < 1) {
      throw UserException.input("sequence length " + length + ": pass --max-seq-length 1 or more.");
    }
    if ((long) rows * length > Integer.MAX_VALUE - 8) {
      throw UserException.input(
          "batch size %d × sequence length %d is over 2^31 tokens: lower --batch-size."
              .formatted(rows, length));
    }
    if (endOfText < 0) {
      throw new IllegalArgumentException("endOfText " + endOfText);
    }
  }
}
