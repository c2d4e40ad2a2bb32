package io.ghostmoe.data.batch;

import io.ghostmoe.base.CounterRandom;
import java.util.function.IntUnaryOperator;

/** The order in which an epoch, or an evaluation, goes through the documents. */
final class DocumentOrder {
  /** Above this many documents an array of them would take long to make and much memory. */
  static final int MANY = 1 << 20;

  private final int documents;
  private final IntUnaryOperator places;
  private final boolean ofFile;

  private DocumentOrder(int documents, IntUnaryOperator places, boolean ofFile) {
    this.documents = documents;
    this.places = places;
    this.ofFile = ofFile;
  }

  /** The order of the file. */
  static DocumentOrder ofFile(int documents) {
    return new DocumentOrder(documents, place -> place, true);
  }

  /** The permutation of one epoch: a function of the seed and the epoch alone. */
  static DocumentOrder ofEpoch(int documents, long seed, long epoch) {
    long key = CounterRandom.key(seed, "document order", epoch);
    if (documents > MANY) {
      return new DocumentOrder(documents, new LazyPermutation(key, documents)::at, false);
    }
    int[] permutation = CounterRandom.permutation(key, documents);
    return new DocumentOrder(documents, place -> permutation[place], false);
  }

  int documents() {
    return documents;
  }

  /** Whether it is the order of the file. */
  boolean isOfFile() {
    return ofFile;
  }

  /** The document at a place of the order. */
  int at(int place) {
    return places.applyAsInt(place);
  }
}
