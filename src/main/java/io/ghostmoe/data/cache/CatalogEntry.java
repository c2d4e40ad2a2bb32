package io.ghostmoe.data.cache;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code datasets list}.
 *
 * @param name name of the data
 * @param fingerprint tells entries of one name apart; empty where the folder of the name cannot be
 *     read
 * @param folder where it lies
 * @param status whether it can be used
 * @param detail what is wrong; empty for a valid entry
 * @param manifest what the entry says of itself; null unless valid
 * @param bytes size of all its files
 */
public record CatalogEntry(
    String name,
    String fingerprint,
    Path folder,
    Status status,
    String detail,
    @Nullable Manifest manifest,
    long bytes) {
  private static final int SHORT = 12;

  /** Whether an entry can be used. */
  public enum Status {
    /** Whole, as far as its sizes tell. */
    VALID,
    /** Damaged, or of another version: the next run that wants it builds it anew. */
    INVALID,
    /** Being built, or left by a build that was killed. */
    INCOMPLETE,
    /** Cannot be read. */
    ERROR
  }

  /**
   * {@return the name and the beginning of the fingerprint, as people write it and {@link
   * DatasetCatalog#find} takes it; the name alone where there is no fingerprint}
   */
  public String label() {
    return fingerprint.isEmpty()
        ? name
        : name + "/" + fingerprint.substring(0, Math.min(SHORT, fingerprint.length()));
  }

  /** {@return the number of documents for training; 0 unless valid} */
  public int trainSamples() {
    return manifest == null ? 0 : manifest.train().documents();
  }

  /** {@return the number of documents for evaluation; 0 unless valid} */
  public int evalSamples() {
    return manifest == null ? 0 : manifest.eval().documents();
  }

  /** {@return the number of tokens of both splits; 0 unless valid} */
  public long tokens() {
    return manifest == null ? 0 : manifest.train().tokens() + manifest.eval().tokens();
  }

  /** {@return when it was built; null unless valid} */
  public @Nullable Instant created() {
    return manifest == null ? null : manifest.created();
  }
}
