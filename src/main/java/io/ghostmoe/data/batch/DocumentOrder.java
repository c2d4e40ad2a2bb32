package io.ghostmoe.data.batch;

import io.ghostmoe.base.CounterRandom;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/** The order in which an epoch, or an evaluation, goes through the documents. */
final class DocumentOrder {
  /** Above this many documents an array of them would take long to make and much memory. */
  static final int MANY = 1 << 20;

  private final int documents;
  private final IntUnaryOperator places;
  private final Supplier<IntUnaryOperator> inverse;
  private final boolean ofFile;

  private DocumentOrder(
      int documents, IntUnaryOperator places, Supplier<IntUnaryOperator> inverse, boolean ofFile) {
    this.documents = documents;
    this.places = places;
    this.inverse = inverse;
    this.ofFile = ofFile;
  }

  /** The order of the file. */
  static DocumentOrder ofFile(int documents) {
    return new DocumentOrder(documents, place -> place, () -> document -> document, true);
  }

  /** The permutation of one epoch: a function of the seed and the epoch alone. */
  static DocumentOrder ofEpoch(int documents, long seed, long epoch) {
    long key = CounterRandom.key(seed, "document order", epoch);
    if (documents > MANY) {
      return ofMany(documents, key);
    }
    int[] permutation = CounterRandom.permutation(key, documents);
    return new DocumentOrder(
        documents, place -> permutation[place], () -> inverse(permutation), false);
  }

  /** A permutation that takes no memory. */
  static DocumentOrder ofMany(int documents, long key) {
    LazyPermutation permutation = new LazyPermutation(key, documents);
    return new DocumentOrder(documents, permutation::at, () -> permutation::placeOf, false);
  }

  private static IntUnaryOperator inverse(int[] permutation) {
    int[] places = new int[permutation.length];
    for (int place = 0; place < permutation.length; place++) {
      places[permutation[place]] = place;
    }
    return document -> places[document];
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

  /** The place of each document. */
  IntUnaryOperator inverse() {
    return inverse.get();
  }
}
