package io.ghostmoe.data;

import io.ghostmoe.data.cache.CatalogEntry;
import java.util.List;

/**
 * What an entry of the cache holds.
 *
 * @param entry as the catalog has it
 * @param tokenizer with which it was made, for people; empty unless the entry is valid
 * @param train the first documents to train on, as many as were asked for and there are
 * @param eval the same of those to evaluate on
 * @param note why no document could be read; empty where they could
 */
public record DatasetInspection(
    CatalogEntry entry, String tokenizer, List<Sample> train, List<Sample> eval, String note) {
  /** Copies the lists. */
  public DatasetInspection {
    train = List.copyOf(train);
    eval = List.copyOf(eval);
  }

  /**
   * A document, decoded.
   *
   * @param index of the document in its split
   * @param tokens that it has
   * @param text of its first tokens, without end-of-text
   * @param cut whether it has more tokens than that
   */
  public record Sample(int index, int tokens, String text, boolean cut) {}
}
