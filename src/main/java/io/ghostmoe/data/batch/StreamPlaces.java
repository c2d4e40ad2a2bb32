package io.ghostmoe.data.batch;

import io.ghostmoe.data.cache.TokenStore;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * Where documents begin in the stream {@code eot d1 eot d2 … eot}. In the order of the file the
 * store knows it. In any other it is added up as far as somebody has asked, and every {@value
 * #SPACING}th sum is kept, so that the first window of a long epoch comes as soon as that of a
 * short one. Whoever asks for a place far ahead, as a run that goes on does, has all of it added
 * up, in the order of the file: that reads each length where it lies instead of jumping about.
 */
final class StreamPlaces {
  private static final int SPACING = 64;

  /** In the order of the file a document costs half as much to a seventh, by its shards' number. */
  private static final int FAR = 3;

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
    if (known < marks.length && token - marks[known - 1] > length() / FAR) {
      addAll();
    }
    while (known < marks.length && marks[known - 1] <= token) {
      addNext();
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

  private void addNext() {
    marks[known] = marks[known - 1];
    for (int place = (known - 1) * SPACING; place < known * SPACING; place++) {
      marks[known] += 1 + store.length(order.at(place));
    }
    known++;
  }

  private void addAll() {
    Arrays.fill(marks, 0);
    IntUnaryOperator places = order.inverse();
    for (int document = 0; document < order.documents(); document++) {
      int mark = places.applyAsInt(document) / SPACING + 1;
      if (mark < marks.length) {
        marks[mark] += 1 + store.length(document);
      }
    }
    for (int mark = 1; mark < marks.length; mark++) {
      marks[mark] += marks[mark - 1];
    }
    known = marks.length;
  }
}
