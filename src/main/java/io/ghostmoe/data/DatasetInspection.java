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
 * @param trainLengths of the documents to train on; empty where none could be read
 * @param evalLengths of those to evaluate on, likewise
 * @param note why no document could be read; empty where they could
 */
public record DatasetInspection(
    CatalogEntry entry,
    String tokenizer,
    List<Sample> train,
    List<Sample> eval,
    LengthHistogram trainLengths,
    LengthHistogram evalLengths,
    String note) {
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
   * @param answerAt index in {@code text} from which {@code --loss-on answer} scores; −1 for plain
   *     text
   * @param scored number of tokens from there on, with those that are not shown
   * @param cut whether it has more tokens than are shown
   */
  public record Sample(int index, int tokens, String text, int answerAt, int scored, boolean cut) {}
}
