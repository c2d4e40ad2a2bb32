package io.ghostmoe.data.cache;

/**
 * The documents of one split as one run of token ids, in the order of the source file.
 *
 * <p>Units: starts and lengths are in tokens; end-of-text tokens are not stored, the batches put
 * them between documents. Errors: an index outside the store throws {@link
 * IndexOutOfBoundsException}, a store that is closed {@link IllegalStateException}.
 */
public interface TokenStore {
  /** Number of documents. */
  int documents();

  /** Number of tokens of all documents. */
  long tokens();

  /** Index of a document's first token; {@code start(documents())} is {@link #tokens()}. */
  long start(int document);

  /** Number of tokens of a document. */
  int length(int document);

  /** The token id at an index in [0, {@link #tokens()}). */
  int token(long index);

  /** Copies {@code count} token ids from index {@code from} on into {@code to[at …]}. */
  void copy(long from, int[] to, int at, int count);

  /** Number of UTF-8 bytes that the token at an index stands for. */
  int byteLength(long index);

  /**
   * Index within the document of the first token of its answer; −1 if the document is plain text.
   */
  int answerStart(int document);
}
