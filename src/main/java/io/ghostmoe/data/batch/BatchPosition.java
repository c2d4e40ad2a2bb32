package io.ghostmoe.data.batch;

/**
 * A place in the endless stream of training batches: the batch that comes next.
 *
 * @param epoch passes over the data that are complete, from 0
 * @param batch batches of this epoch that were handed out, from 0
 */
public record BatchPosition(long epoch, long batch) {
  /** The first batch of all. */
  public static final BatchPosition START = new BatchPosition(0, 0);

  /** Rejects negative numbers, which only a damaged checkpoint can hold. */
  public BatchPosition {
    if (epoch < 0 || batch < 0) {
      throw new IllegalArgumentException("position epoch " + epoch + ", batch " + batch);
    }
  }
}
