package io.ghostmoe.data.cache;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.base.UserException;
import java.util.Arrays;
import java.util.Objects;

/** Documents that are read once and not kept: those of a file to evaluate on, or a few of many. */
public final class MemoryTokenStore implements TokenStore {
  private static final int MAXIMUM = Integer.MAX_VALUE - 8;

  private int[] ids = new int[1024];
  private int[] byteLengths = new int[1024];
  private int[] starts = new int[64];
  private int[] answers = new int[64];
  private int documents;

  /** A store without a document. */
  public MemoryTokenStore() {}

  /**
   * {@return some documents of another store, in its order: the first of a seeded permutation, so
   * that fewer are a part of more}
   *
   * @param from the store to choose from; its documents are copied
   * @param count how many, 0 or more; all where there are no more
   * @param seed of the permutation
   */
  public static MemoryTokenStore sample(TokenStore from, int count, long seed) {
    int taken = Math.min(count, from.documents());
    int[] permutation =
        CounterRandom.permutation(CounterRandom.key(seed, "sample"), from.documents());
    int[] chosen = Arrays.copyOf(permutation, taken);
    Arrays.sort(chosen);
    MemoryTokenStore sample = new MemoryTokenStore();
    for (int document : chosen) {
      long start = from.start(document);
      int[] ids = new int[from.length(document)];
      int[] lengths = new int[ids.length];
      from.copy(start, ids, 0, ids.length);
      Arrays.setAll(lengths, i -> from.byteLength(start + i));
      sample.add(ids, lengths, from.answerStart(document));
    }
    return sample;
  }

  /**
   * Adds a document.
   *
   * @param tokens its token ids
   * @param lengths UTF-8 bytes of each
   * @param answerStart index of the answer's first token; −1 for plain text
   * @throws UserException where the documents together exceed what an array holds
   */
  public void add(int[] tokens, int[] lengths, int answerStart) {
    int end = end();
    if (tokens.length > MAXIMUM - end) {
      throw UserException.input("the file has over 2^31 tokens: evaluate on a part of it.");
    }
    ids = withRoom(ids, end + tokens.length);
    byteLengths = withRoom(byteLengths, end + tokens.length);
    starts = withRoom(starts, documents + 2);
    answers = withRoom(answers, documents + 1);
    System.arraycopy(tokens, 0, ids, end, tokens.length);
    System.arraycopy(lengths, 0, byteLengths, end, tokens.length);
    answers[documents] = answerStart;
    documents++;
    starts[documents] = end + tokens.length;
  }

  private static int[] withRoom(int[] array, int needed) {
    return needed <= array.length
        ? array
        : Arrays.copyOf(array, (int) Math.min(MAXIMUM, Math.max(needed, 2L * array.length)));
  }

  private int end() {
    return starts[documents];
  }

  @Override
  public int documents() {
    return documents;
  }

  @Override
  public long tokens() {
    return end();
  }

  @Override
  public long start(int document) {
    return starts[Objects.checkIndex(document, documents + 1)];
  }

  @Override
  public int length(int document) {
    return starts[Objects.checkIndex(document, documents) + 1] - starts[document];
  }

  @Override
  public int token(long index) {
    return ids[(int) Objects.checkIndex(index, tokens())];
  }

  @Override
  public void copy(long from, int[] to, int at, int count) {
    Objects.checkFromIndexSize(from, count, tokens());
    System.arraycopy(ids, (int) from, to, at, count);
  }

  @Override
  public int byteLength(long index) {
    return byteLengths[(int) Objects.checkIndex(index, tokens())];
  }

  @Override
  public int answerStart(int document) {
    return answers[Objects.checkIndex(document, documents)];
  }
}
