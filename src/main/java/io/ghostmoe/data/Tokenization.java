package io.ghostmoe.data;

import io.ghostmoe.data.PrepareProgress.Phase;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.data.cache.SplitWriter;
import io.ghostmoe.data.source.Document;
import io.ghostmoe.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tokenizes documents on an executor while the next are read, and writes them in their order. What
 * is read and not yet written is bounded, so that memory does not grow with the corpus.
 */
final class Tokenization {
  /** Characters of a run of documents: enough to hide what a task costs. */
  private static final int RUN = 1 << 17;

  /** Characters that may be on their way; a longer document goes its way alone. */
  private static final int UNDER_WAY = 1 << 23;

  private static final int WAIT_MILLIS = 50;
  private static final int PROGRESS_EVERY = 64;

  private final ExecutorService executor;
  private final EncoderPool encoders;
  private final PrepareListener listener;
  private final long total;
  private final Semaphore room = new Semaphore(UNDER_WAY);
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong tokens = new AtomicLong();
  private volatile @Nullable Throwable failure;
  private int answers;
  private long added;

  /**
   * @param executor on which documents are encoded and written
   * @param encoders makes an encoder, which serves one thread at a time
   * @param total documents that will come
   */
  Tokenization(
      ExecutorService executor,
      Supplier<Tokenizer.Encoder> encoders,
      PrepareListener listener,
      long total) {
    this.executor = executor;
    this.encoders = new EncoderPool(encoders);
    this.listener = listener;
    this.total = total;
  }

  /** The documents of one split on their way into its files. */
  final class Target {
    private final SplitWriter writer;
    private List<Document> run = new ArrayList<>();
    private long characters;

    private Target(SplitWriter writer) {
      this.writer = writer;
    }

    /** Takes the next document. */
    void add(Document document) {
      run.add(document);
      characters += document.text().length();
      answers += document.hasAnswer() ? 1 : 0;
      if (characters >= RUN) {
        send();
      }
      if (++added % PROGRESS_EVERY == 0) {
        report();
      }
    }

    private void send() {
      if (run.isEmpty()) {
        return;
      }
      int permits = (int) Math.min(characters, UNDER_WAY);
      acquire(permits);
      List<Document> documents = run;
      run = new ArrayList<>();
      try {
        var encoded = CompletableFuture.supplyAsync(() -> encode(documents), executor);
        var _ = writer.add(encoded, characters).whenComplete((_, e) -> done(documents, permits, e));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      characters = 0;
    }

    /** What was written, once all of it is. */
    Manifest.Split finish() {
      send();
      CompletableFuture<Manifest.Split> split = writer.finish();
      while (!split.isDone() && failure == null) {
        pause(split);
      }
      requireNoFailure();
      return join(split);
    }
  }

  /** Documents for this writer; several targets share the room. */
  Target into(SplitWriter writer) {
    return new Target(writer);
  }

  /** From now on the failure of other work is this one's, too. */
  void failWith(CompletableFuture<?> other) {
    var _ = other.whenComplete((_, e) -> noteFailure(e));
  }

  /** Documents that had an answer. */
  int answers() {
    return answers;
  }

  /** Tells the listener how much is written. */
  void report() {
    listener.progress(new PrepareProgress(Phase.TOKENIZE, written.get(), total, tokens.get()));
  }

  private List<SplitWriter.Tokenized> encode(List<Document> documents) {
    Tokenizer.Encoder encoder = encoders.take();
    List<SplitWriter.Tokenized> tokenized = new ArrayList<>(documents.size());
    for (Document document : documents) {
      Tokenizer.TokenizedText text = encoder.encode(document.text());
      tokenized.add(new SplitWriter.Tokenized(text, document.answerByte()));
      tokens.addAndGet(text.ids().length);
    }
    encoders.giveBack(encoder);
    return tokenized;
  }

  private void done(List<Document> documents, int permits, @Nullable Throwable e) {
    noteFailure(e);
    written.addAndGet(documents.size());
    room.release(permits);
  }

  private void noteFailure(@Nullable Throwable e) {
    if (e != null) {
      failure = e;
    }
  }

  private void acquire(int permits) {
    try {
      while (!room.tryAcquire(permits, WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
        requireNoFailure();
        report();
        if (listener.cancelled()) {
          throw new CancellationException("tokenizing was cancelled");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("tokenizing was interrupted");
    }
    requireNoFailure();
  }

  private void pause(CompletableFuture<?> work) {
    try {
      var _ = work.get(WAIT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      report();
    } catch (ExecutionException e) {
      // whoever joins it meets it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("tokenizing was interrupted");
    }
    if (listener.cancelled()) {
      throw new CancellationException("tokenizing was cancelled");
    }
  }

  private void requireNoFailure() {
    Throwable e = failure;
    if (e != null) {
      throw asItWas(e);
    }
  }

  /** The result of work on another thread. */
  static <T> T join(CompletableFuture<T> work) {
    try {
      return work.join();
    } catch (CompletionException e) {
      throw asItWas(e);
    }
  }

  /** What went wrong on another thread, as it would have come on this one. */
  private static RuntimeException asItWas(Throwable e) {
    Throwable cause = e;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return switch (cause) {
      case RuntimeException unchecked -> unchecked;
      case IOException io -> new UncheckedIOException(io);
      case Error error -> throw error;
      default -> new IllegalStateException(cause);
    };
  }
}
