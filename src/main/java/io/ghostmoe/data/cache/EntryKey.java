package io.ghostmoe.data.cache;

import io.ghostmoe.base.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was asked for, in full: entries of equal keys are interchangeable.
 *
 * @param name for people, safe as a folder's name; does not identify an entry
 * @param inputs everything that the content depends on
 */
public record EntryKey(String name, SortedMap<String, String> inputs) {
  /** Changes whenever the files of an entry mean something else. */
  public static final int CACHE_VERSION = 2;

  /** Copies the inputs and adds the version. */
  public EntryKey {
    TreeMap<String, String> copy = new TreeMap<>(inputs);
    copy.put("cache_version", Integer.toString(CACHE_VERSION));
    inputs = Collections.unmodifiableSortedMap(copy);
  }

  /**
   * {@return a key for a local file, named {@code local_{stem}_{tokenizer}_{length}}}
   *
   * @param stem the file's name without its ending; what does not fit a folder's name is replaced
   * @param tokenizer its {@link io.ghostmoe.data.tokenizer.Tokenizer#name()}, likewise
   * @param maxSeqLength tokens a window
   * @param inputs everything that the content depends on
   */
  public static EntryKey ofLocal(
      String stem, String tokenizer, int maxSeqLength, SortedMap<String, String> inputs) {
    String name =
        "local_%s_%s_%d".formatted(SafeNames.of(stem), SafeNames.of(tokenizer), maxSeqLength);
    return new EntryKey(name, inputs);
  }

  /**
   * {@return a key for a dataset of the Hub, named {@code
   * {org}_{name}_{config}_{tokenizer}_{length}}}
   *
   * @param repository {@code org/name}; what does not fit a folder's name is replaced
   * @param config of the dataset, likewise
   * @param tokenizer its {@link io.ghostmoe.data.tokenizer.Tokenizer#name()}, likewise
   * @param maxSeqLength tokens a window
   * @param inputs everything that the content depends on
   */
  public static EntryKey ofHub(
      String repository,
      String config,
      String tokenizer,
      int maxSeqLength,
      SortedMap<String, String> inputs) {
    String name =
        "%s_%s_%s_%d"
            .formatted(
                SafeNames.of(repository),
                SafeNames.of(config),
                SafeNames.of(tokenizer),
                maxSeqLength);
    return new EntryKey(name, inputs);
  }

  /** {@return SHA-256 over the inputs: the name of the entry's folder} */
  public String fingerprint() {
    return fingerprint(inputs);
  }

  /** Lengths before the texts keep any two maps apart. */
  static String fingerprint(SortedMap<String, String> inputs) {
    StringBuilder all = new StringBuilder();
    inputs.forEach(
        (key, value) ->
            all.append("%d:%s%d:%s".formatted(key.length(), key, value.length(), value)));
    return Sha256.of(all.toString().getBytes(StandardCharsets.UTF_8));
  }
}
