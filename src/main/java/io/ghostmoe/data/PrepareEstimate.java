package io.ghostmoe.data;

import io.ghostmoe.data.tokenizer.Tokenizer;

/**
 * What a build will take, told before it tokenizes anything.
 *
 * @param documents documents that will be tokenized
 * @param textBytes about how many bytes of text they hold
 * @param tokens about how many tokens they will be
 * @param cacheBytes about how large the entry will be
 * @param seconds about how long it will take
 */
public record PrepareEstimate(
    long documents, long textBytes, long tokens, long cacheBytes, double seconds) {
  /** What DJL encodes on one core, measured on GSM8K. */
  private static final double BYTES_PER_SECOND = 2.3e6;

  /** What is read, encoded by a fast encoder and written on one core. */
  private static final double FAST_BYTES_PER_SECOND = 20e6;

  /** Beyond these one thread cannot read fast enough for the others. */
  private static final int THREADS_THAT_HELP = 8;

  /**
   * What encoding documents will take.
   *
   * @param bytesPerToken of text, as a sample of it shows
   */
  static PrepareEstimate of(
      long documents, long textBytes, double bytesPerToken, Tokenizer tokenizer, int threads) {
    double tokens = textBytes / bytesPerToken;
    int width = tokenizer.vocabularySize() <= 65_536 ? Short.BYTES : Integer.BYTES;
    int lengths = tokenizer.hasByteTable() ? 0 : Integer.BYTES;
    double cacheBytes = tokens * (width + lengths) + documents * (Long.BYTES + Integer.BYTES);
    boolean fast = bytesPerToken == 1 || tokenizer.hasFastEncoder();
    double rate = fast ? FAST_BYTES_PER_SECOND : BYTES_PER_SECOND;
    rate *= Math.min(threads, THREADS_THAT_HELP);
    return new PrepareEstimate(
        documents, textBytes, Math.round(tokens), Math.round(cacheBytes), textBytes / rate);
  }
}
