package io.ghostmoe.data.batch;

/**
 * Training batches without end: every epoch is a new seeded permutation of the documents, and a
 * function of the seed and the epoch alone, so that a run can be taken up anywhere.
 */
public interface BatchSource {
  /** {@return the next batch; after the last of an epoch the first of the next epoch} */
  Batch next();

  /** {@return the place of the batch that {@link #next()} would return} */
  BatchPosition position();

  /**
   * Goes to a place, so that {@link #next()} returns the very batch that stood there before.
   *
   * @param position as {@link #position()} gave it, in this run or another of the same data,
   *     settings and seed
   * @throws IllegalArgumentException if an epoch does not have that many batches
   */
  void seek(BatchPosition position);

  /** {@return the number of batches an epoch, the same for every epoch} */
  long batchesPerEpoch();
}
