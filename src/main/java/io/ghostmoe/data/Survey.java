package io.ghostmoe.data;

import io.ghostmoe.data.source.Document;
import io.ghostmoe.data.source.DocumentReader;
import java.util.BitSet;
import java.util.concurrent.CancellationException;

/** The first reading of documents: counts them, finds duplicates, keeps a sample of their texts. */
final class Survey implements DocumentReader.DocumentSink {
  private static final int PROGRESS_EVERY = 1024;

  private final PrepareListener listener;
  private final ReferenceSample sample;
  private final Duplicates duplicates = new Duplicates();
  private final boolean deduplicate;
  private int documents;
  private long records;

  /**
   * @param deduplicate whether to look for duplicates
   */
  Survey(PrepareListener listener, ReferenceSample sample, boolean deduplicate) {
    this.listener = listener;
    this.sample = sample;
    this.deduplicate = deduplicate;
  }

  @Override
  public void record() {
    if (listener.cancelled()) {
      throw new CancellationException("reading was cancelled");
    }
    if (++records % PROGRESS_EVERY == 0) {
      listener.progress(new PrepareProgress(PrepareProgress.Phase.READ, records, -1, 0));
    }
  }

  @Override
  public void document(Document document) {
    documents++;
    sample.offer(document.text());
    if (deduplicate) {
      duplicates.add(document.text());
    }
  }

  /** The documents that are left when each text is taken once. */
  int distinct() {
    return documents - duplicates.found().cardinality();
  }

  /** The numbers, from 0, of documents that were there before. */
  BitSet duplicates() {
    return duplicates.found();
  }
}
