package io.ghostmoe.data.batch;

/**
 * Training batches without end: every epoch is a new seeded permutation of the documents, and a
 * function of the seed and the epoch alone, so that a run can be taken up anywhere.
 */
public interface BatchSource {
  /** The next batch; goes on with the next epoch after the last. */
  Batch next();

  /** The place of the batch that {@link #next()} would return. */
  BatchPosition position();

  /**
   * Goes to a place, so that {@link #next()} returns the very batch that stood there before.
   *
   * @throws IllegalArgumentException if an epoch does not have that many batches
   */
  void seek(BatchPosition position);

  /** Number of batches an epoch, the same for every epoch. */
  long batchesPerEpoch();
}
