package io.ghostmoe.data.batch;

import io.ghostmoe.data.cache.TokenStore;

/**
 * The stream {@code eot d1 eot d2 … eot} cut every T tokens: window j reads {@code s[jT … jT+T−1]}
 * and predicts {@code s[jT+1 … jT+T]}, so that every token and every closing end-of-text is
 * predicted exactly once. A document cut by a window goes on in the next as a new segment.
 */
final class PackedWindows implements Windows {
  private final TokenStore store;
  private final int length;
  private final DocumentOrder order;
  private final StreamPlaces places;

  PackedWindows(TokenStore store, int length, DocumentOrder order) {
    this.store = store;
    this.length = length;
    this.order = order;
    places = new StreamPlaces(store, order);
  }

  @Override
  public long count() {
    return Math.ceilDiv(places.length(), (long) length);
  }

  @Override
  public void fill(long window, BatchBuilder batch, int row) {
    long from = window * length;
    long to = Math.min(from + length, places.length());
    StreamPlaces.Found found = places.find(from);
    int place = found.place();
    long start = found.start();
    int segment = 0;
    for (long at = from; at < to; place++, segment++) {
      int document = order.at(place);
      long next = start + 1 + store.length(document);
      int offset = (int) (at - start);
      int count = (int) (Math.min(to, next) - at);
      batch.add(row, (int) (at - from), document, offset, count, segment);
      at += count;
      start = next;
    }
  }
}
