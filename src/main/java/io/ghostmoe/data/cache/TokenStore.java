package io.ghostmoe.data.cache;

/**
 * The documents of one split as one run of token ids, in the order of the source file.
 *
 * <p>Units: starts and lengths are in tokens; end-of-text tokens are not stored, the batches put
 * them between documents. Errors: an index outside the store throws {@link
 * IndexOutOfBoundsException}, a store that is closed {@link IllegalStateException}, and one whose
 * files turn out damaged {@link io.ghostmoe.base.UserException}.
 */
public interface TokenStore {
  /** {@return the number of documents} */
  int documents();

  /** {@return the number of tokens of all documents} */
  long tokens();

  /**
   * {@return the index of a document's first token, in the run of all tokens}
   *
   * @param document in [0, {@link #documents()}]; the last of these gives {@link #tokens()}
   */
  long start(int document);

  /**
   * {@return the number of tokens of a document}
   *
   * @param document in [0, {@link #documents()})
   */
  int length(int document);

  /**
   * {@return a token's id}
   *
   * @param index in [0, {@link #tokens()})
   */
  int token(long index);

  /**
   * Copies token ids out of the store.
   *
   * @param from index of the first, in [0, {@link #tokens()})
   * @param to receives them
   * @param at index in {@code to} that the first goes to
   * @param count how many
   */
  void copy(long from, int[] to, int at, int count);

  /**
   * {@return the number of UTF-8 bytes that a token stands for}
   *
   * @param index in [0, {@link #tokens()})
   */
  int byteLength(long index);

  /**
   * {@return the index within a document of the first token of its answer; −1 if it is plain text}
   *
   * @param document in [0, {@link #documents()})
   */
  int answerStart(int document);

  /** {@return the first document that is plain text; −1 if every one has an answer} */
  default int firstWithoutAnswer() {
    for (int document = 0; document < documents(); document++) {
      if (answerStart(document) < 0) {
        return document;
      }
    }
    return -1;
  }
}
