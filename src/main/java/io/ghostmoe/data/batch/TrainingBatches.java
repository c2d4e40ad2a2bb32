package io.ghostmoe.data.batch;

import io.ghostmoe.data.cache.TokenStore;

/**
 * Batches for training: each epoch goes through the documents in a seeded permutation of its own.
 *
 * <p>Memory: 12 bytes a document for the order, nothing a token. Not safe for several threads.
 */
public final class TrainingBatches implements BatchSource {
  private final TokenStore store;
  private final BatchSettings settings;
  private final long seed;
  private final long batchesPerEpoch;
  private BatchPosition position = BatchPosition.START;
  private Windows windows;
  private long windowsEpoch;

  /**
   * Batches over a split, at the start of the first epoch.
   *
   * @param store the documents; stays the caller's to close, and open while batches are read
   * @param settings shape and scoring of the batches
   * @param seed of the permutations; a run that goes on needs the same
   * @throws io.ghostmoe.base.UserException if only answers are scored and a document has none, or
   *     if there is no document
   */
  public TrainingBatches(TokenStore store, BatchSettings settings, long seed) {
    StoreChecks.requireScorable(store, settings.lossOn(), "training");
    this.store = store;
    this.settings = settings;
    this.seed = seed;
    windows = windowsOf(0);
    batchesPerEpoch = windows.batches(settings);
  }

  @Override
  public Batch next() {
    if (windowsEpoch != position.epoch()) {
      windowsEpoch = position.epoch();
      windows = windowsOf(windowsEpoch);
    }
    Batch batch = windows.batch(store, settings, position.batch());
    position = normalised(position.epoch(), position.batch() + 1);
    return batch;
  }

  @Override
  public BatchPosition position() {
    return position;
  }

  @Override
  public void seek(BatchPosition place) {
    if (place.batch() > batchesPerEpoch) {
      throw new IllegalArgumentException(
          "batch %d of epoch %d: an epoch has %d batches"
              .formatted(place.batch(), place.epoch(), batchesPerEpoch));
    }
    position = normalised(place.epoch(), place.batch());
  }

  @Override
  public long batchesPerEpoch() {
    return batchesPerEpoch;
  }

  /** The end of an epoch is the start of the next, so that one place has one position. */
  private BatchPosition normalised(long epoch, long batch) {
    return batch == batchesPerEpoch
        ? new BatchPosition(epoch + 1, 0)
        : new BatchPosition(epoch, batch);
  }

  private Windows windowsOf(long epoch) {
    DocumentOrder order = DocumentOrder.ofEpoch(store.documents(), seed, epoch);
    return Windows.of(store, settings, order);
  }
}
