package io.ghostmoe.data.batch;

/**
 * What one step of the model reads: {@code rows} windows of {@code length} tokens.
 *
 * <p>Shapes: each array is [rows, length], row-major. The arrays are handed over, not copied.
 *
 * @param rows number of windows, B
 * @param length tokens a window, T
 * @param inputs token ids; padding holds end-of-text
 * @param targets the id to be predicted at each place, −1 where none is scored
 * @param segments number of the document within its row, from 0; −1 marks padding. A token attends
 *     within its own row and segment
 * @param positions index since the start of the segment in this window; 0 in padding
 * @param scoredTargets number of targets that are not −1; can be 0 where only answers are scored
 * @param realTokens number of inputs that are not padding
 * @param scoredBytes UTF-8 bytes that the scored targets stand for, end-of-text none
 */
public record Batch(
    int rows,
    int length,
    int[] inputs,
    int[] targets,
    int[] segments,
    int[] positions,
    int scoredTargets,
    int realTokens,
    long scoredBytes) {
  /** Checks the shapes. */
  public Batch {
    int size = Math.multiplyExact(rows, length);
    if (inputs.length != size
        || targets.length != size
        || segments.length != size
        || positions.length != size) {
      throw new IllegalArgumentException(
          "batch [%d, %d] needs arrays of %d, got inputs %d, targets %d, segments %d, positions %d"
              .formatted(
                  rows,
                  length,
                  size,
                  inputs.length,
                  targets.length,
                  segments.length,
                  positions.length));
    }
  }
}
