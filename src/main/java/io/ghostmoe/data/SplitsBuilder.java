package io.ghostmoe.data;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.data.cache.SplitWriter;
import io.ghostmoe.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Tokenizes both splits of an entry. Where the tokenizer has a fast encoder that one is used, while
 * a sample of the texts is compared with the reference beside it; as soon as they differ anywhere,
 * that is said and everything is tokenized again by the reference.
 */
final class SplitsBuilder implements AutoCloseable {
  private static final int SHOWN = 60;

  private final Tokenizer tokenizer;
  private final int threads;
  private final long shardCharacters;
  private final PrepareListener listener;
  private ExecutorService executor;

  /**
   * Begins to load what encodes, beside whatever its maker does next.
   *
   * @param threads that encode and write
   * @param shardCharacters characters of text a shard
   */
  SplitsBuilder(Tokenizer tokenizer, int threads, long shardCharacters, PrepareListener listener) {
    this.tokenizer = tokenizer;
    this.threads = threads;
    this.shardCharacters = shardCharacters;
    this.listener = listener;
    executor = executor(threads);
    // what is wrong with it is said when it is needed
    var _ = CompletableFuture.runAsync(() -> tokenizer.encodeWithLengths("a"), executor);
    if (tokenizer.hasFastEncoder()) {
      var _ = CompletableFuture.runAsync(tokenizer::fastEncoder, executor);
    }
  }

  private static ExecutorService executor(int threads) {
    return Executors.newFixedThreadPool(
        threads, Thread.ofPlatform().daemon().name("tokenize-", 0).factory());
  }

  /** Reads the chosen documents, in their order; called again if they have to be read again. */
  interface Feed {
    /** Hands them over. */
    void into(Tokenization.Target train, Tokenization.Target eval);
  }

  /**
   * What was written.
   *
   * @param answers documents that have an answer
   */
  record Splits(Manifest.Split train, Manifest.Split eval, int answers) {}

  /**
   * Writes both splits.
   *
   * @param folder without files
   * @param total documents that the feed hands over
   * @param sample of the texts
   */
  Splits build(Path folder, long total, ReferenceSample sample, Feed feed) throws IOException {
    CompletableFuture<Void> right = CompletableFuture.completedFuture(null);
    if (!tokenizer.hasFastEncoder()) {
      return tokenize(folder, total, this::reference, right, feed);
    }
    CompletableFuture<Void> same = CompletableFuture.runAsync(() -> requireSame(sample), executor);
    try {
      return tokenize(folder, total, tokenizer::fastEncoder, same, feed);
    } catch (Difference e) {
      listener.note(
          "WARNING: the fast way of the tokenizer %s differs from the reference on \"%s\": everything is tokenized again by the reference, which takes many times as long; please report that text"
              .formatted(tokenizer.name(), beginning(e.text)));
    }
    AtomicFiles.deleteRecursively(folder);
    Files.createDirectory(folder);
    executor = executor(threads); // the other was stopped with its work
    return tokenize(folder, total, this::reference, right, feed);
  }

  private void requireSame(ReferenceSample sample) {
    Optional<String> text = sample.difference(tokenizer.fastEncoder(), tokenizer);
    if (text.isPresent()) {
      throw new Difference(text.get());
    }
  }

  /** A text of which two encoders do not make the same tokens. */
  private static final class Difference extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String text;

    Difference(String text) {
      this.text = text;
    }
  }

  private static String beginning(String text) {
    return text.codePointCount(0, text.length()) <= SHOWN
        ? text
        : text.substring(0, text.offsetByCodePoints(0, SHOWN)) + "…";
  }

  private Tokenizer.Encoder reference() {
    return tokenizer::encodeWithLengths;
  }

  /**
   * Writes both splits by one kind of encoder.
   *
   * @param check fails where what these encoders make is not to be used, and ends the work then
   */
  private Splits tokenize(
      Path folder,
      long total,
      Supplier<Tokenizer.Encoder> encoders,
      CompletableFuture<Void> check,
      Feed feed)
      throws IOException {
    try (SplitWriter train = writer(folder, "train");
        SplitWriter eval = writer(folder, "eval")) {
      boolean done = false;
      try {
        Tokenization work = new Tokenization(executor, encoders, listener, total);
        work.failWith(check);
        Tokenization.Target trainTarget = work.into(train);
        Tokenization.Target evalTarget = work.into(eval);
        feed.into(trainTarget, evalTarget);
        Splits splits = new Splits(trainTarget.finish(), evalTarget.finish(), work.answers());
        Tokenization.join(check);
        work.report();
        done = true;
        return splits;
      } finally {
        if (!done) {
          stop(); // before the files are closed
        }
      }
    }
  }

  private SplitWriter writer(Path folder, String name) throws IOException {
    return new SplitWriter(folder, name, tokenizer, shardCharacters, executor);
  }

  private void stop() {
    executor.shutdownNow();
    try {
      var _ = executor.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the threads. */
  @Override
  public void close() {
    stop();
  }
}
