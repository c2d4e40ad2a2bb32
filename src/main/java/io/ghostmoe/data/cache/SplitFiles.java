package io.ghostmoe.data.cache;

/**
 * Endings of the files of a split; all are raw little-endian arrays.
 *
 * <p>{@code .tokens}: ids, uint16 or int32. {@code .offsets}: int64, one more than documents, where
 * each starts in tokens. {@code .answers}: int32 a document, the answer's first token or −1. {@code
 * .lengths}: int32 a token, its UTF-8 bytes, only where the tokenizer has no byte table.
 */
final class SplitFiles {
  static final String TOKENS = ".tokens";
  static final String OFFSETS = ".offsets";
  static final String ANSWERS = ".answers";
  static final String LENGTHS = ".lengths";

  private SplitFiles() {}
}
