package io.ghostmoe.data.cache;

import io.ghostmoe.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

/** A valid entry, opened for reading. */
public final class CacheEntry implements AutoCloseable {
  /** Some hundredths of a second of reading. */
  private static final long QUICKLY_READ = 64L << 20;

  private final Path folder;
  private final Manifest manifest;
  private final Arena arena;
  private final TokenStore train;
  private final TokenStore eval;

  private CacheEntry(
      Path folder, Manifest manifest, Arena arena, TokenStore train, TokenStore eval) {
    this.folder = folder;
    this.manifest = manifest;
    this.arena = arena;
    this.train = train;
    this.eval = eval;
  }

  /**
   * Checks and maps an entry: its sizes, and the content of one that is quickly read. A larger one
   * costs no more than its mapping; {@link DatasetCatalog#verify} reads all of it.
   */
  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  static CacheEntry open(Path folder, Tokenizer tokenizer)
      throws IOException, DamagedEntryException {
    Manifest manifest = ManifestFile.read(folder);
    if (manifest.train().bytes() + manifest.eval().bytes() <= QUICKLY_READ) {
      requireContent(folder, manifest);
    }
    return map(folder, tokenizer, manifest);
  }

  /** Checks sizes and maps an entry, for a reader who trusts none of its bytes. */
  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  static CacheEntry openUnread(Path folder, Tokenizer tokenizer)
      throws IOException, DamagedEntryException {
    return map(folder, tokenizer, ManifestFile.read(folder));
  }

  @SuppressWarnings("MustBeClosedChecker") // the entry owns the arena and closes it
  private static CacheEntry map(Path folder, Tokenizer tokenizer, Manifest manifest)
      throws IOException, DamagedEntryException {
    if (manifest.vocabularySize() != tokenizer.vocabularySize()) {
      throw new DamagedEntryException(
          "it was made for a vocabulary of %,d, the tokenizer has %,d"
              .formatted(manifest.vocabularySize(), tokenizer.vocabularySize()));
    }
    ByteLengths table = new ByteLengths(tokenizer);
    int width = manifest.tokenWidth();
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try {
      boolean answered = manifest.kind() == Manifest.Kind.QA;
      TokenStore train =
          new ShardedTokenStore(folder, manifest.train().shards(), width, table, answered, arena);
      TokenStore eval =
          new ShardedTokenStore(folder, manifest.eval().shards(), width, table, answered, arena);
      opened = true;
      return new CacheEntry(folder, manifest, arena, train, eval);
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  private static void requireContent(Path folder, Manifest manifest)
      throws IOException, DamagedEntryException {
    List<String> differing = ManifestFile.differing(folder, manifest, ManifestFile::holdsChecksum);
    if (!differing.isEmpty()) {
      throw new DamagedEntryException(
          String.join(", ", differing)
              + (differing.size() == 1 ? " differs" : " differ")
              + " from the checksum in "
              + ManifestFile.NAME);
    }
  }

  /** {@return where it lies} */
  public Path folder() {
    return folder;
  }

  /** {@return what its {@code cache.json} says} */
  public Manifest manifest() {
    return manifest;
  }

  /** {@return the training split, readable until this is closed} */
  public TokenStore train() {
    return train;
  }

  /** {@return the evaluation split, readable until this is closed} */
  public TokenStore eval() {
    return eval;
  }

  /** Unmaps the files; the stores must not be used any more. Again is harmless. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
