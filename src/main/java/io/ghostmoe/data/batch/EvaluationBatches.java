package io.ghostmoe.data.batch;

import io.ghostmoe.data.cache.TokenStore;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Batches for evaluation: all windows of the documents in file order, each time the same. Safe for
 * several iterators at a time.
 */
public final class EvaluationBatches implements Iterable<Batch> {
  private final TokenStore store;
  private final BatchSettings settings;
  private final Windows windows;
  private final long batches;

  /**
   * Batches over a split.
   *
   * @param store the documents; stays the caller's to close, and open while batches are read
   * @param settings shape and scoring of the batches
   * @throws io.ghostmoe.base.UserException if only answers are scored and a document has none, or
   *     if there is no document
   */
  public EvaluationBatches(TokenStore store, BatchSettings settings) {
    StoreChecks.requireScorable(store, settings.lossOn(), "evaluation");
    this.store = store;
    this.settings = settings;
    windows = Windows.of(store, settings, DocumentOrder.ofFile(store.documents()));
    batches = windows.batches(settings);
  }

  /** {@return how many batches an iteration gives} */
  public long batches() {
    return batches;
  }

  @Override
  public Iterator<Batch> iterator() {
    return new Iterator<>() {
      private long index;

      @Override
      public boolean hasNext() {
        return index < batches;
      }

      @Override
      public Batch next() {
        if (!hasNext()) {
          throw new NoSuchElementException("evaluation has " + batches + " batches");
        }
        return windows.batch(store, settings, index++);
      }
    };
  }
}
