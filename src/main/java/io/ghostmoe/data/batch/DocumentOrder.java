package io.ghostmoe.data.batch;

import io.ghostmoe.base.CounterRandom;
import org.jspecify.annotations.Nullable;

/** The order in which an epoch, or an evaluation, goes through the documents. */
final class DocumentOrder {
  private final int documents;
  private final int @Nullable [] permutation;

  private DocumentOrder(int documents, int @Nullable [] permutation) {
    this.documents = documents;
    this.permutation = permutation;
  }

  /** The order of the file. */
  static DocumentOrder ofFile(int documents) {
    return new DocumentOrder(documents, null);
  }

  /** The permutation of one epoch: a function of the seed and the epoch alone. */
  static DocumentOrder ofEpoch(int documents, long seed, long epoch) {
    long key = CounterRandom.key(seed, "document order", epoch);
    return new DocumentOrder(documents, CounterRandom.permutation(key, documents));
  }

  int documents() {
    return documents;
  }

  /** The document at a place of the order. */
  int at(int place) {
    return permutation == null ? place : permutation[place];
  }
}
