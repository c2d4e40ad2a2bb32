package io.ghostmoe.data.cache;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A split: its shards one after the other. A shard is mapped when something of it is read, so that
 * opening costs nothing for it.
 */
final class ShardedTokenStore implements TokenStore {
  private final Path folder;
  private final List<Manifest.Shard> shards;
  private final int width;
  private final ByteLengths table;
  private final boolean answered;
  private final Arena arena;

  /** The number of documents before each shard, and of all. */
  private final int[] documents;

  /** The number of tokens before each shard, and of all. */
  private final long[] tokens;

  private final AtomicReferenceArray<MappedTokenStore> mapped;

  /**
   * Opens a split; what is mapped stays so until {@code arena} is closed.
   *
   * @param table byte lengths by id, for shards that store none
   * @param answered whether it is known that every document has an answer
   */
  ShardedTokenStore(
      Path folder,
      List<Manifest.Shard> shards,
      int width,
      ByteLengths table,
      boolean answered,
      Arena arena)
      throws IOException, DamagedEntryException {
    this.folder = folder;
    this.shards = shards;
    this.width = width;
    this.table = table;
    this.answered = answered;
    this.arena = arena;
    documents = new int[shards.size() + 1];
    tokens = new long[shards.size() + 1];
    for (int i = 0; i < shards.size(); i++) {
      documents[i + 1] = Math.addExact(documents[i], shards.get(i).documents());
      tokens[i + 1] = tokens[i] + shards.get(i).tokens();
    }
    mapped = new AtomicReferenceArray<>(shards.size());
    mapped.set(0, map(0)); // of most splits all, so that they are looked at when they are opened
  }

  @Override
  public int documents() {
    return documents[shards.size()];
  }

  @Override
  public long tokens() {
    return tokens[shards.size()];
  }

  @Override
  public long start(int document) {
    if (document == documents()) {
      return tokens();
    }
    int shard = shardOfDocument(document);
    return tokens[shard] + mapped(shard).start(document - documents[shard]);
  }

  @Override
  public int length(int document) {
    int shard = shardOfDocument(document);
    return mapped(shard).length(document - documents[shard]);
  }

  @Override
  public int token(long index) {
    int shard = shardOfToken(index);
    return mapped(shard).token(index - tokens[shard]);
  }

  @Override
  public void copy(long from, int[] to, int at, int count) {
    Objects.checkFromIndexSize(from, count, tokens());
    int done = 0;
    while (done < count) {
      long index = from + done;
      int shard = shardOfToken(index);
      int part = (int) Math.min(count - done, tokens[shard + 1] - index);
      mapped(shard).copy(index - tokens[shard], to, at + done, part);
      done += part;
    }
  }

  @Override
  public int byteLength(long index) {
    int shard = shardOfToken(index);
    return mapped(shard).byteLength(index - tokens[shard]);
  }

  @Override
  public int answerStart(int document) {
    int shard = shardOfDocument(document);
    return mapped(shard).answerStart(document - documents[shard]);
  }

  /** To ask all documents would map all shards. */
  @Override
  public int firstWithoutAnswer() {
    return answered ? -1 : TokenStore.super.firstWithoutAnswer();
  }

  /** The first shard that ends behind the document; one without documents is never that. */
  private int shardOfDocument(int document) {
    Objects.checkIndex(document, documents());
    int low = 0;
    int high = shards.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (documents[middle + 1] > document) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private int shardOfToken(long index) {
    Objects.checkIndex(index, tokens());
    int low = 0;
    int high = shards.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (tokens[middle + 1] > index) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private MappedTokenStore mapped(int shard) {
    MappedTokenStore store = mapped.get(shard);
    return store != null ? store : mapLate(shard);
  }

  private synchronized MappedTokenStore mapLate(int shard) {
    MappedTokenStore store = mapped.get(shard);
    if (store == null) {
      try {
        store = map(shard);
      } catch (DamagedEntryException e) {
        throw UserException.input(
            "the cache is damaged: %s: %s: remove that folder, it is built anew."
                .formatted(folder, e.why()));
      } catch (IOException e) {
        throw UserException.environment(
            "%s of %s cannot be read: %s."
                .formatted(shards.get(shard).name(), folder, EntryCheck.why(e)),
            e);
      }
      mapped.set(shard, store);
    }
    return store;
  }

  private MappedTokenStore map(int shard) throws IOException, DamagedEntryException {
    return new MappedTokenStore(folder, shards.get(shard), width, table, arena);
  }
}
