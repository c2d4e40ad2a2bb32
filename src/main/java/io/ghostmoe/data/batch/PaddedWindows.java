package io.ghostmoe.data.batch;

import io.ghostmoe.data.cache.TokenStore;

/** One document a window: {@code eot tokens eot}, cut to T + 1 tokens, the rest padding. */
final class PaddedWindows implements Windows {
  private final TokenStore store;
  private final int length;
  private final DocumentOrder order;

  PaddedWindows(TokenStore store, int length, DocumentOrder order) {
    this.store = store;
    this.length = length;
    this.order = order;
  }

  @Override
  public long count() {
    return order.documents();
  }

  @Override
  public void fill(long window, BatchBuilder batch, int row) {
    int document = order.at((int) window);
    int count = (int) Math.min(length, store.length(document) + 1L);
    batch.add(row, 0, document, 0, count, 0);
  }
}
