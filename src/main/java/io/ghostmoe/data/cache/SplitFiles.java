package io.ghostmoe.data.cache;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Names of the files of a split; all are raw little-endian arrays.
 *
 * <p>{@code .tokens}: ids, uint16 or int32. {@code .offsets}: int64, one more than documents, where
 * each starts in tokens. {@code .answers}: int32 a document, the answer's first token or −1. {@code
 * .lengths}: int32 a token, its UTF-8 bytes, only where the tokenizer has no byte table.
 *
 * <p>The first shard's begin with the name of the split, which is all there is of most; those of
 * the others with {@code train-00001} and so on.
 */
final class SplitFiles {
  static final String TOKENS = ".tokens";
  static final String OFFSETS = ".offsets";
  static final String ANSWERS = ".answers";
  static final String LENGTHS = ".lengths";

  private SplitFiles() {}

  /** With what the names of a shard's files begin. */
  static String shard(String split, int index) {
    return index == 0 ? split : "%s-%05d".formatted(split, index);
  }

  /** The files of a shard with the sizes that follow from what it holds. */
  static SortedMap<String, Long> sizes(Manifest.Shard shard, int width) {
    SortedMap<String, Long> sizes = new TreeMap<>();
    sizes.put(shard.name() + TOKENS, shard.tokens() * width);
    sizes.put(shard.name() + OFFSETS, (shard.documents() + 1L) * Long.BYTES);
    sizes.put(shard.name() + ANSWERS, (long) shard.documents() * Integer.BYTES);
    if (shard.files().containsKey(shard.name() + LENGTHS)) {
      sizes.put(shard.name() + LENGTHS, shard.tokens() * Integer.BYTES);
    }
    return sizes;
  }
}
