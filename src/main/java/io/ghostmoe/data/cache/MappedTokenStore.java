package io.ghostmoe.data.cache;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The files of a shard, mapped into memory: opening costs the same for a megabyte and 100 GB. */
final class MappedTokenStore implements TokenStore {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path folder;
  private final String name;
  private final boolean wide;
  private final int documents;
  private final long tokens;
  private final MemorySegment ids;
  private final MemorySegment offsets;
  private final MemorySegment answers;
  private final @Nullable MemorySegment lengths;
  private final ByteLengths table;

  /**
   * Maps the files; they stay mapped until {@code arena} is closed.
   *
   * @param table byte lengths by id, for shards that store none
   */
  MappedTokenStore(Path folder, Manifest.Shard shard, int width, ByteLengths table, Arena arena)
      throws IOException, DamagedEntryException {
    this.folder = folder;
    name = shard.name();
    this.table = table;
    wide = width == Integer.BYTES;
    documents = shard.documents();
    tokens = shard.tokens();
    Map<String, Long> sizes = SplitFiles.sizes(shard, width);
    ids = map(SplitFiles.TOKENS, sizes, arena);
    offsets = map(SplitFiles.OFFSETS, sizes, arena);
    answers = map(SplitFiles.ANSWERS, sizes, arena);
    lengths =
        sizes.containsKey(name + SplitFiles.LENGTHS) ? map(SplitFiles.LENGTHS, sizes, arena) : null;
    if (start(0) != 0 || start(documents) != tokens) {
      throw new DamagedEntryException(name + SplitFiles.OFFSETS + " does not span the tokens");
    }
  }

  @Override
  public int documents() {
    return documents;
  }

  @Override
  public long tokens() {
    return tokens;
  }

  @Override
  public long start(int document) {
    return offsets.getAtIndex(LONG, document);
  }

  @Override
  public int length(int document) {
    long begin = start(document);
    long end = start(document + 1);
    long length = end - begin;
    if (begin < 0 || end > tokens || length < 0 || length > Integer.MAX_VALUE) {
      throw damaged(
          SplitFiles.OFFSETS, "document %d goes from %d to %d".formatted(document, begin, end));
    }
    return (int) length;
  }

  @Override
  public int token(long index) {
    int id = wide ? ids.getAtIndex(INT, index) : ids.getAtIndex(SHORT, index) & 0xFFFF;
    if (id < 0 || id >= table.size()) {
      throw damaged(SplitFiles.TOKENS, "token %d is %d".formatted(index, id));
    }
    return id;
  }

  /** A large entry is not read through before it is used, so the damage shows only now. */
  private UserException damaged(String file, String what) {
    return UserException.input(
        "the cache is damaged: %s: %s: remove that folder, it is built anew."
            .formatted(folder.resolve(name + file), what));
  }

  @Override
  public void copy(long from, int[] to, int at, int count) {
    Objects.checkFromIndexSize(from, count, tokens);
    for (int i = 0; i < count; i++) {
      to[at + i] = token(from + i);
    }
  }

  @Override
  public int byteLength(long index) {
    return lengths == null ? table.of(token(index)) : lengths.getAtIndex(INT, index);
  }

  @Override
  public int answerStart(int document) {
    return answers.getAtIndex(INT, document);
  }

  /** Sizes were looked at when the entry was opened, which may be hours ago. */
  private MemorySegment map(String ending, Map<String, Long> sizes, Arena arena)
      throws IOException, DamagedEntryException {
    String file = name + ending;
    long size = Objects.requireNonNull(sizes.get(file), file);
    try (FileChannel channel = FileChannel.open(folder.resolve(file), StandardOpenOption.READ)) {
      if (channel.size() != size) {
        throw new DamagedEntryException(
            "%s has %,d bytes instead of %,d".formatted(file, channel.size(), size));
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
    }
  }
}
