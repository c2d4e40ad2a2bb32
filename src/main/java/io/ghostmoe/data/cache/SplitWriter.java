package io.ghostmoe.data.cache;

import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizer.TokenizedText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * Writes the documents of one split, in shards. Documents come in runs whose tokens another thread
 * is still making: what is written follows the order in which the runs were added, and the shards
 * are written side by side. Where a shard ends is decided by the length of the texts alone, so that
 * the files do not depend on how many threads there are.
 */
public final class SplitWriter implements AutoCloseable {
  /** Characters of text after which a shard ends. */
  public static final long SHARD_CHARACTERS = 1L << 26;

  private final Path folder;
  private final String name;
  private final Tokenizer tokenizer;
  private final long shardCharacters;
  private final Executor executor;
  private final List<CompletableFuture<Manifest.Shard>> finished = new ArrayList<>();
  private final Set<ShardWriter> unfinished = ConcurrentHashMap.newKeySet();
  private CompletableFuture<ShardWriter> last;
  private int shards;
  private long characters;

  /**
   * Starts the files of a split.
   *
   * @param folder the unfinished entry
   * @param name {@code train} or {@code eval}
   * @param tokenizer decides the width of an id and whether byte lengths are needed
   * @param shardCharacters characters of text after which a shard ends
   * @param executor on which files are written
   * @throws IOException if a file is there already or cannot be made
   */
  public SplitWriter(
      Path folder, String name, Tokenizer tokenizer, long shardCharacters, Executor executor)
      throws IOException {
    this.folder = folder;
    this.name = name;
    this.tokenizer = tokenizer;
    this.shardCharacters = shardCharacters;
    this.executor = executor;
    last = CompletableFuture.completedFuture(open());
  }

  /**
   * A document in tokens.
   *
   * @param text its tokens
   * @param answerByte where the answer starts in the text's UTF-8 bytes; −1 for plain text. The
   *     token that holds this byte is the answer's first, even if it begins before it
   */
  public record Tokenized(TokenizedText text, long answerByte) {}

  /**
   * Writes a run of documents when their tokens are there. Called by one thread.
   *
   * @param documents of the run
   * @param length characters of their texts
   * @return done when they are written, or failed; a failure of one run fails all after it
   * @throws IOException if the next shard's files cannot be made
   */
  public CompletableFuture<?> add(CompletableFuture<List<Tokenized>> documents, long length)
      throws IOException {
    if (characters >= shardCharacters) {
      finishShard();
      last = CompletableFuture.completedFuture(open());
      characters = 0;
    }
    characters += length;
    last = last.thenCombineAsync(documents, SplitWriter::write, executor);
    return last;
  }

  private static ShardWriter write(ShardWriter shard, List<Tokenized> documents) {
    try {
      for (Tokenized document : documents) {
        shard.add(document.text(), document.answerByte());
      }
      return shard;
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private ShardWriter open() throws IOException {
    ShardWriter shard = new ShardWriter(folder, SplitFiles.shard(name, shards++), tokenizer);
    unfinished.add(shard);
    return shard;
  }

  private void finishShard() {
    finished.add(
        last.thenApplyAsync(
            shard -> {
              try (shard) {
                Manifest.Shard written = shard.finish();
                unfinished.remove(shard);
                return written;
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            },
            executor));
  }

  /**
   * Forces the last shard to disk. Nothing can be added after it.
   *
   * @return done when every shard is whole; what was written, with the size and the checksum of
   *     each file
   */
  public CompletableFuture<Manifest.Split> finish() {
    finishShard();
    return CompletableFuture.allOf(finished.toArray(CompletableFuture[]::new))
        .thenApply(_ -> Manifest.Split.of(finished.stream().map(CompletableFuture::join).toList()));
  }

  /** Closes the files; only once nothing runs on the executor any more. */
  @Override
  public void close() throws IOException {
    for (ShardWriter shard : unfinished) {
      shard.close();
    }
  }
}
