package io.ghostmoe;

import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.data.cache.TokenStore;
import java.util.HashMap;
import java.util.Map;

/**
 * The simplest model that learns anything: the probability of a token given the one before it, from
 * counts with one added to each.
 */
final class AddOneBigram {
  private final int vocabulary;
  private final int endOfText;
  private final Map<Long, Integer> pairs = new HashMap<>();
  private final Map<Integer, Integer> firsts = new HashMap<>();

  AddOneBigram(int vocabulary, int endOfText) {
    this.vocabulary = vocabulary;
    this.endOfText = endOfText;
  }

  /** Counts every pair of the stream {@code eot d1 eot d2 … eot}. */
  void learn(TokenStore store) {
    for (int document = 0; document < store.documents(); document++) {
      int before = endOfText;
      for (int i = 0; i < store.length(document); i++) {
        int token = store.token(store.start(document) + i);
        count(before, token);
        before = token;
      }
      count(before, endOfText);
    }
  }

  private void count(int before, int token) {
    pairs.merge(pair(before, token), 1, Integer::sum);
    firsts.merge(before, 1, Integer::sum);
  }

  private static long pair(int before, int token) {
    return ((long) before << 32) | token;
  }

  /** Mean nats a scored target. */
  double loss(Iterable<Batch> batches) {
    double nats = 0;
    long targets = 0;
    for (Batch batch : batches) {
      for (int i = 0; i < batch.targets().length; i++) {
        int target = batch.targets()[i];
        if (target >= 0) {
          int before = batch.inputs()[i];
          double seen = pairs.getOrDefault(pair(before, target), 0) + 1;
          nats -= Math.log(seen / (firsts.getOrDefault(before, 0) + vocabulary));
          targets++;
        }
      }
    }
    return nats / targets;
  }
}
