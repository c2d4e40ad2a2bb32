package io.ghostmoe.data;

import io.ghostmoe.data.cache.MemoryTokenStore;
import io.ghostmoe.data.cache.TokenStore;
import io.ghostmoe.data.source.Document;
import io.ghostmoe.data.source.DocumentReader;
import io.ghostmoe.data.source.RecordReport;
import io.ghostmoe.data.source.Source;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizer.TokenizedText;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;

/** Reads a file's documents into memory and leaves nothing in the cache: for a single use. */
public final class DocumentLoader {
  private static final int PROGRESS_EVERY = 64;

  private DocumentLoader() {}

  /**
   * Reads and tokenizes all documents of {@code request.dataset()}, in file order.
   *
   * @param request of which the file, the names of the fields and the limit on bad records count
   * @param tokenizer for the documents; stays the caller's
   * @param listener hears how it goes, on this thread, and can stop it
   * @return the documents in memory, with nothing to close
   * @throws io.ghostmoe.base.UserException if the file cannot be read, or holds no document
   * @throws IllegalArgumentException if it is a dataset of the Hub
   * @throws CancellationException if the listener asked for it
   */
  public static TokenStore load(
      DatasetRequest request, Tokenizer tokenizer, PrepareListener listener) {
    Loading loading = new Loading(tokenizer, listener);
    RecordReport report =
        new DocumentReader(List.of(source(request)), DatasetPreparer.rules(request)).read(loading);
    report.requireDocuments();
    BadRecords.require(report.bad(), List.of(report.badPlaces()), request);
    loading.report();
    return loading.store;
  }

  private static Source source(DatasetRequest request) {
    return switch (request.dataset()) {
      case DatasetOrigin.LocalFile(Path path) -> Source.of(path);
      case DatasetOrigin.OnHub _ ->
          throw new IllegalArgumentException("a dataset of the Hub is prepared first");
    };
  }

  private static final class Loading implements DocumentReader.DocumentSink {
    final MemoryTokenStore store = new MemoryTokenStore();
    private final Tokenizer tokenizer;
    private final PrepareListener listener;
    private long records;

    Loading(Tokenizer tokenizer, PrepareListener listener) {
      this.tokenizer = tokenizer;
      this.listener = listener;
    }

    @Override
    public void record() {
      if (listener.cancelled()) {
        throw new CancellationException("reading was cancelled");
      }
      if (++records % PROGRESS_EVERY == 0) {
        report();
      }
    }

    void report() {
      listener.progress(
          new PrepareProgress(PrepareProgress.Phase.READ, records, -1, store.tokens()));
    }

    @Override
    public void document(Document document) {
      TokenizedText text = tokenizer.encodeWithLengths(document.text());
      store.add(
          text.ids(),
          text.byteLengths(),
          document.hasAnswer() ? text.tokenOfByte(document.answerByte()) : -1);
    }
  }
}
