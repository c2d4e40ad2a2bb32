package io.ghostmoe.data;

/**
 * How far a preparation is.
 *
 * @param phase what is being done
 * @param records records done in this phase
 * @param totalRecords records that this phase will do; −1 while unknown
 * @param tokens tokens made in this phase
 */
public record PrepareProgress(Phase phase, long records, long totalRecords, long tokens) {
  /** The phases, in order. */
  public enum Phase {
    /** Records are read and checked. */
    READ,
    /** Documents are tokenized and written. */
    TOKENIZE
  }
}
