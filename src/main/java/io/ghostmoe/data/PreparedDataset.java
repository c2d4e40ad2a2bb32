package io.ghostmoe.data;

import io.ghostmoe.data.cache.CacheEntry;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.data.cache.TokenStore;
import io.ghostmoe.data.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

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

  /** The documents to train on, in file order. */
  public TokenStore train() {
    return entry.train();
  }

  /** The documents to evaluate on, in file order. */
  public TokenStore eval() {
    return entry.eval();
  }

  /** The tokenizer; closed with this. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** True if nothing had to be built. */
  public boolean cacheHit() {
    return cacheHit;
  }

  /** Name of the data, such as {@code local_train_gpt2_256}. */
  public String name() {
    return entry.manifest().name();
  }

  /** Hash of everything that the content depends on. */
  public String fingerprint() {
    return entry.manifest().fingerprint();
  }

  /** Hash of the tokens of both splits, wherever and under whichever name the sources lie. */
  public String contentHash() {
    return entry.manifest().contentHash();
  }

  /** Where the entry lies. */
  public Path folder() {
    return entry.folder();
  }

  /** Whether every document has an answer. */
  public Manifest.Kind kind() {
    return entry.manifest().kind();
  }

  /** Names of the fields that were dropped, with the number of records that had them. */
  public Map<String, Integer> droppedFields() {
    return entry.manifest().droppedFields();
  }

  /** Records that could not be used and were left out. */
  public int badRecords() {
    return entry.manifest().badRecords();
  }

  /** What the listener was told about the content: split, dropped fields, bad records. */
  public List<String> notes() {
    return entry.manifest().notes();
  }

  /** All that {@code cache.json} says. */
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
