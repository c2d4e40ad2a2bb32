package io.ghostmoe.data.batch;

import io.ghostmoe.data.cache.TokenStore;
import java.util.Arrays;

/**
 * The stream {@code eot d1 eot d2 … eot} cut every T tokens: window j reads {@code s[jT … jT+T−1]}
 * and predicts {@code s[jT+1 … jT+T]}, so that every token and every closing end-of-text is
 * predicted exactly once. A document cut by a window goes on in the next as a new segment.
 */
final class PackedWindows implements Windows {
  private final int length;
  private final DocumentOrder order;

  /** Place in the stream of the end-of-text that begins each document, and of the last one. */
  private final long[] starts;

  PackedWindows(TokenStore store, int length, DocumentOrder order) {
    this.length = length;
    this.order = order;
    starts = new long[order.documents() + 1];
    for (int k = 0; k < order.documents(); k++) {
      starts[k + 1] = starts[k] + 1 + store.length(order.at(k));
    }
  }

  @Override
  public long count() {
    return Math.ceilDiv(starts[order.documents()], (long) length);
  }

  @Override
  public void fill(long window, BatchBuilder batch, int row) {
    long from = window * length;
    long to = Math.min(from + length, starts[order.documents()]);
    int found = Arrays.binarySearch(starts, from);
    int place = found >= 0 ? found : -found - 2;
    int segment = 0;
    for (long at = from; at < to; place++, segment++) {
      int offset = (int) (at - starts[place]);
      int count = (int) (Math.min(to, starts[place + 1]) - at);
      batch.add(row, (int) (at - from), order.at(place), offset, count, segment);
      at += count;
    }
  }
}
