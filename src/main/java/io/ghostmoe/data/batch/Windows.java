package io.ghostmoe.data.batch;

import io.ghostmoe.data.cache.TokenStore;

/** The documents of a store, in some order, as a row of windows of equal length. */
sealed interface Windows permits PackedWindows, PaddedWindows {
  /** Number of windows: a function of the store and the settings, not of the order. */
  long count();

  /** Fills one row of a batch with one window. */
  void fill(long window, BatchBuilder batch, int row);

  static Windows of(TokenStore store, BatchSettings settings, DocumentOrder order) {
    return switch (settings.batching()) {
      case PACKED -> new PackedWindows(store, settings.length(), order);
      case PADDED -> new PaddedWindows(store, settings.length(), order);
    };
  }

  /** The batch of windows {@code index · rows} and following; rows past the last are padding. */
  default Batch batch(TokenStore store, BatchSettings settings, long index) {
    BatchBuilder batch = new BatchBuilder(store, settings);
    long first = index * settings.rows();
    int rows = (int) Math.min(settings.rows(), count() - first);
    for (int row = 0; row < rows; row++) {
      fill(first + row, batch, row);
    }
    return batch.build();
  }

  /** Number of batches that hold all windows. */
  default long batches(BatchSettings settings) {
    return Math.ceilDiv(count(), (long) settings.rows());
  }
}
