package io.ghostmoe.data.batch;

import io.ghostmoe.data.cache.TokenStore;
import java.util.Arrays;

/** The arrays of one batch while they are filled; whatever is not filled stays padding. */
final class BatchBuilder {
  private final TokenStore store;
  private final BatchSettings settings;
  private final int[] inputs;
  private final int[] targets;
  private final int[] segments;
  private final int[] positions;
  private int scoredTargets;
  private int realTokens;
  private long scoredBytes;

  BatchBuilder(TokenStore store, BatchSettings settings) {
    this.store = store;
    this.settings = settings;
    int size = settings.rows() * settings.length();
    inputs = new int[size];
    targets = new int[size];
    segments = new int[size];
    positions = new int[size];
    Arrays.fill(inputs, settings.endOfText());
    Arrays.fill(targets, -1);
    Arrays.fill(segments, -1);
  }

  /**
   * Puts a part of a document into a row. A document is seen as its inputs {@code eot t0 t1 …} over
   * its targets {@code t0 t1 … eot}; the part is {@code count} columns of both from column {@code
   * offset} on.
   *
   * @param segment number of the document within the row
   */
  void add(int row, int column, int document, int offset, int count, int segment) {
    int at = row * settings.length() + column;
    int length = store.length(document);
    long start = store.start(document);
    int head = offset == 0 ? 1 : 0;
    store.copy(start + offset + head - 1, inputs, at + head, count - head);
    int tail = offset + count == length + 1 ? 1 : 0;
    store.copy(start + offset, targets, at, count - tail);
    if (tail == 1) {
      targets[at + count - 1] = settings.endOfText();
    }
    for (int i = 0; i < count; i++) {
      segments[at + i] = segment;
      positions[at + i] = i;
    }
    realTokens += count;
    score(at, document, offset, count);
  }

  /** Counts the targets just put; takes back those before the answer if only answers count. */
  private void score(int at, int document, int offset, int count) {
    int skipped = 0;
    if (settings.lossOn() == LossOn.ANSWER) {
      skipped = Math.clamp(store.answerStart(document) - (long) offset, 0, count);
      Arrays.fill(targets, at, at + skipped, -1);
    }
    scoredTargets += count - skipped;
    long first = store.start(document) + offset;
    int end = Math.min(offset + count, store.length(document)) - offset;
    for (int i = skipped; i < end; i++) {
      scoredBytes += store.byteLength(first + i);
    }
  }

  Batch build() {
    return new Batch(
        settings.rows(),
        settings.length(),
        inputs,
        targets,
        segments,
        positions,
        scoredTargets,
        realTokens,
        scoredBytes);
  }
}
