package io.ghostmoe.data.cache;

/**
 * What came of reading an entry through.
 *
 * @param entry as the catalog had it
 * @param state what came out
 * @param detail what is wrong; empty for a sound entry
 */
public record Verification(CatalogEntry entry, State state, String detail) {
  /** What can come out. */
  public enum State {
    /** Every file has the content that was written. */
    SOUND,
    /** A process is building it; there is nothing to verify yet. */
    BEING_BUILT,
    /** Damaged, unreadable, or left by a build that was stopped. */
    BAD
  }
}
