package io.ghostmoe.data.batch;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.data.cache.TokenStore;

/** A token store in memory, for tests; every token stands for {@code id % 5} bytes. */
public final class ArrayTokenStore implements TokenStore {
  private final int[][] documents;
  private final int[] answerStarts;
  private final long[] starts;

  /** Documents as token ids; an answer start of −1 marks plain text. */
  public ArrayTokenStore(int[][] documents, int[] answerStarts) {
    this.documents = documents;
    this.answerStarts = answerStarts;
    starts = new long[documents.length + 1];
    for (int i = 0; i < documents.length; i++) {
      starts[i + 1] = starts[i] + documents[i].length;
    }
  }

  /**
   * Seeded documents of 0 to {@code longest} tokens with ids below {@code vocabulary}, each with an
   * answer that starts anywhere in it.
   */
  public static ArrayTokenStore random(long seed, int count, int longest, int vocabulary) {
    long key = CounterRandom.key(seed, "documents");
    int[][] documents = new int[count][];
    int[] answers = new int[count];
    for (int i = 0; i < count; i++) {
      documents[i] = new int[CounterRandom.below(key, i, longest + 1)];
      long documentKey = CounterRandom.key(key, i);
      for (int t = 0; t < documents[i].length; t++) {
        documents[i][t] = CounterRandom.below(documentKey, t, vocabulary);
      }
      answers[i] = CounterRandom.below(documentKey, longest, documents[i].length + 1);
    }
    return new ArrayTokenStore(documents, answers);
  }

  @Override
  public int documents() {
    return documents.length;
  }

  @Override
  public long tokens() {
    return starts[documents.length];
  }

  @Override
  public long start(int document) {
    return starts[document];
  }

  @Override
  public int length(int document) {
    return documents[document].length;
  }

  @Override
  public int token(long index) {
    int document = 0;
    while (starts[document + 1] <= index) {
      document++;
    }
    return documents[document][(int) (index - starts[document])];
  }

  @Override
  public void copy(long from, int[] to, int at, int count) {
    for (int i = 0; i < count; i++) {
      to[at + i] = token(from + i);
    }
  }

  @Override
  public int byteLength(long index) {
    return token(index) % 5;
  }

  @Override
  public int answerStart(int document) {
    return answerStarts[document];
  }
}
