package io.ghostmoe.data;

import io.ghostmoe.data.cache.CacheEntry;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.data.cache.TokenStore;
import io.ghostmoe.data.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tokens ready to be cut into batches, and the tokenizer that made them. */
public final class PreparedDataset implements AutoCloseable {
  private final CacheEntry entry;
  private final Tokenizer tokenizer;
  private final boolean cacheHit;

  PreparedDataset(CacheEntry entry, Tokenizer tokenizer, boolean cacheHit) {
    this.entry = entry;
    this.tokenizer = tokenizer;
    this.cacheHit = cacheHit;
  }

  /** {@return the documents to train on, in file order; readable until this is closed} */
  public TokenStore train() {
    return entry.train();
  }

  /** {@return the documents to evaluate on, in file order; readable until this is closed} */
  public TokenStore eval() {
    return entry.eval();
  }

  /** {@return the tokenizer that made the tokens; closed with this} */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** {@return true if nothing had to be built} */
  public boolean cacheHit() {
    return cacheHit;
  }

  /** {@return the name of the data, such as {@code local_train_gpt2_256}} */
  public String name() {
    return entry.manifest().name();
  }

  /** {@return the hash of everything that the content depends on} */
  public String fingerprint() {
    return entry.manifest().fingerprint();
  }

  /**
   * {@return the hash of the tokens of both splits, wherever and under whichever name the sources
   * lie}
   */
  public String contentHash() {
    return entry.manifest().contentHash();
  }

  /** {@return the commit of the Hub that the data are of; empty where they are local} */
  public Optional<String> commit() {
    return Optional.ofNullable(entry.manifest().inputs().get(Corpus.COMMIT));
  }

  /** {@return where the entry lies in the cache} */
  public Path folder() {
    return entry.folder();
  }

  /** {@return whether every document has an answer} */
  public Manifest.Kind kind() {
    return entry.manifest().kind();
  }

  /**
   * {@return the names of the fields that were dropped, with the number of records that had them;
   * names past the first 64 of a file count together as {@code (others)}}
   */
  public Map<String, Integer> droppedFields() {
    return entry.manifest().droppedFields();
  }

  /** {@return how many records could not be used and were left out} */
  public int badRecords() {
    return entry.manifest().badRecords();
  }

  /**
   * {@return what the listener was told about the content, a line each: split, dropped fields, bad
   * records}
   */
  public List<String> notes() {
    return entry.manifest().notes();
  }

  /** {@return all that {@code cache.json} says} */
  public Manifest manifest() {
    return entry.manifest();
  }

  /** Unmaps the stores and frees the tokenizer. */
  @Override
  public void close() {
    entry.close();
    tokenizer.close();
  }
}
