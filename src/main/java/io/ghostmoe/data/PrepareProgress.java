package io.ghostmoe.data;

/**
 * How far a preparation is.
 *
 * @param phase what is being done
 * @param done bytes that have come of a download, else records done in this phase
 * @param total what {@code done} will be at the end of the phase; −1 while unknown
 * @param tokens tokens made in this phase
 */
public record PrepareProgress(Phase phase, long done, long total, long tokens) {
  /** The phases, in order. */
  public enum Phase {
    /** Files of the Hub are fetched. */
    DOWNLOAD,
    /** Records are read and checked. */
    READ,
    /** Documents are tokenized and written. */
    TOKENIZE
  }
}
