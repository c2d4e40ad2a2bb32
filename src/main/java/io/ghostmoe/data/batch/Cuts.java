package io.ghostmoe.data.batch;

import io.ghostmoe.data.cache.TokenStore;

/**
 * What batching leaves out.
 *
 * @param documents documents that lose something
 * @param targets tokens and end-of-texts that are never scored for it
 */
public record Cuts(int documents, long targets) {
  /**
   * {@return what batches cut by these settings leave out; nothing when packed}
   *
   * @param store the documents of the split
   * @param settings of which the batching and the length of a window count
   */
  public static Cuts of(TokenStore store, BatchSettings settings) {
    if (settings.batching() == Batching.PACKED) {
      return new Cuts(0, 0);
    }
    int documents = 0;
    long targets = 0;
    for (int document = 0; document < store.documents(); document++) {
      long over = store.length(document) + 1L - settings.length();
      if (over > 0) {
        documents++;
        targets += over;
      }
    }
    return new Cuts(documents, targets);
  }
}
