package io.ghostmoe.data.cache;

import io.ghostmoe.base.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;

/**
 * What {@code cache.json} says about an entry.
 *
 * @param version {@link EntryKey#CACHE_VERSION} of the writer
 * @param name the entry's name
 * @param fingerprint the hash of {@code inputs}
 * @param inputs everything that the content depends on
 * @param created when it was built
 * @param kind {@code QA} if every document has an answer, else {@code TEXT}
 * @param vocabularySize number of ids of the tokenizer
 * @param badRecords records that could not be used
 * @param badPlaces where the first of them stand
 * @param droppedFields names of the fields that were dropped, with the number of records
 * @param notes what the user was told, to be said again
 * @param train the training split
 * @param eval the evaluation split
 */
public record Manifest(
    int version,
    String name,
    String fingerprint,
    SortedMap<String, String> inputs,
    Instant created,
    Kind kind,
    int vocabularySize,
    int badRecords,
    List<String> badPlaces,
    SortedMap<String, Integer> droppedFields,
    List<String> notes,
    Split train,
    Split eval) {

  /** What the documents are. */
  public enum Kind {
    /** Every document has a question and an answer. */
    QA,
    /** Some document is plain text. */
    TEXT
  }

  /**
   * One split: its documents in the order of its shards.
   *
   * @param documents number of documents
   * @param tokens number of tokens
   * @param textBytes UTF-8 bytes of all documents
   * @param shards at least one, each with files of its own
   */
  public record Split(int documents, long tokens, long textBytes, List<Shard> shards) {
    /** Copies the list. */
    public Split {
      shards = List.copyOf(shards);
    }

    /** The split that shards make up. */
    static Split of(List<Shard> shards) {
      int documents = 0;
      long tokens = 0;
      long textBytes = 0;
      for (Shard shard : shards) {
        documents = Math.addExact(documents, shard.documents());
        tokens += shard.tokens();
        textBytes += shard.textBytes();
      }
      return new Split(documents, tokens, textBytes, shards);
    }

    /** {@return the size of the split's files in bytes} */
    public long bytes() {
      return shards.stream().mapToLong(Shard::bytes).sum();
    }
  }

  /**
   * Consecutive documents of a split, as if they were all there are.
   *
   * @param name with which its files' names begin
   * @param documents number of documents
   * @param tokens number of tokens
   * @param textBytes UTF-8 bytes of all its documents
   * @param files the files by name, such as {@code train.tokens}
   */
  public record Shard(
      String name, int documents, long tokens, long textBytes, SortedMap<String, Part> files) {
    /** {@return the size of the shard's files in bytes} */
    public long bytes() {
      return files.values().stream().mapToLong(Part::bytes).sum();
    }
  }

  /**
   * One file.
   *
   * @param bytes its size
   * @param crc32c of its content, which is quickly compared
   * @param sha256 of its content, which nothing else has
   */
  public record Part(long bytes, int crc32c, String sha256) {}

  /**
   * {@return the hash of the tokens of both splits, wherever and under whichever name the sources
   * lie}
   */
  public String contentHash() {
    StringBuilder parts = new StringBuilder();
    for (Split split : List.of(train, eval)) {
      for (Shard shard : split.shards()) {
        shard
            .files()
            .forEach((name, part) -> parts.append(name).append(part.sha256()).append('\n'));
      }
    }
    return Sha256.of(parts.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Bytes of a stored token id: 2 for vocabularies up to 65,536, else 4. */
  int tokenWidth() {
    return tokenWidth(vocabularySize);
  }

  static int tokenWidth(int vocabularySize) {
    return vocabularySize <= 65_536 ? 2 : 4;
  }
}
