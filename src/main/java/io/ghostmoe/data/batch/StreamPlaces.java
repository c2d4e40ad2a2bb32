package io.ghostmoe.data.batch;

import io.ghostmoe.data.cache.TokenStore;

/**
 * Where documents begin in the stream {@code eot d1 eot d2 … eot}. In the order of the file the
 * store knows it. In any other it is added up as far as somebody has asked, and every {@value
 * #SPACING}th sum is kept, so that the first window of a long epoch comes as soon as that of a
 * short one.
 */
final class StreamPlaces {
  private static final int SPACING = 64;

  private final TokenStore store;
  private final DocumentOrder order;
  private final long[] marks;
  private int known = 1;

  StreamPlaces(TokenStore store, DocumentOrder order) {
    this.store = store;
    this.order = order;
    marks = new long[order.isOfFile() ? 1 : order.documents() / SPACING + 1];
  }

  /** Tokens of the whole stream but its last end-of-text. */
  long length() {
    return store.tokens() + store.documents();
  }

  /**
   * A document's place in the order, and in the stream.
   *
   * @param place in the order
   * @param start in the stream, of the end-of-text that begins it
   */
  record Found(int place, long start) {}

  /** The document that a token of the stream belongs to. */
  Found find(long token) {
    return order.isOfFile() ? findInFile(token) : findInMarks(token);
  }

  private Found findInFile(long token) {
    int low = 0;
    int high = order.documents() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (store.start(middle) + middle <= token) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return new Found(low, store.start(low) + low);
  }

  private synchronized Found findInMarks(long token) {
    while (known < marks.length && marks[known - 1] <= token) {
      marks[known] = marks[known - 1];
      for (int place = (known - 1) * SPACING; place < known * SPACING; place++) {
        marks[known] += 1 + store.length(order.at(place));
      }
      known++;
    }
    int low = 0;
    int high = known - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (marks[middle] <= token) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    int place = low * SPACING;
    long start = marks[low];
    while (place + 1 < order.documents()) {
      long next = start + 1 + store.length(order.at(place));
      if (next > token) {
        break;
      }
      start = next;
      place++;
    }
    return new Found(place, start);
  }
}
