package io.ghostmoe.bench;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.data.batch.BatchPosition;
import io.ghostmoe.data.batch.BatchSettings;
import io.ghostmoe.data.batch.Batching;
import io.ghostmoe.data.batch.LossOn;
import io.ghostmoe.data.batch.TrainingBatches;
import io.ghostmoe.data.cache.CacheEntry;
import io.ghostmoe.data.cache.TokenCache;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From an entry on disk to a batch, by the size of the entry and its number of shards; {@code cold}
 * is the first time in a JVM. Files are sparse: what is measured is the program, not the disk.
 */
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@State(Scope.Benchmark)
public class CacheOpenBenchmark {
  private static final int WINDOW = 256;

  /** Bytes of tokens in millions, and shards; a preparation makes about 300 for 10 GB. */
  @Param({"1/1", "100/1", "10000/80", "10000/300", "10000/10000"})
  public String entry;

  private Path root = Path.of("");
  private final Tokenizer tokenizer = Tokenizers.open("byte");
  private SyntheticCache cache;
  private CacheEntry open;
  private TrainingBatches batches;
  private long draw;

  @Setup(Level.Trial)
  public void write() throws IOException {
    root = Files.createTempDirectory("ghostmoe-bench");
    String[] shape = entry.split("/");
    cache =
        SyntheticCache.write(
            root, Long.parseLong(shape[0]) * 1_000_000, Integer.parseInt(shape[1]));
  }

  @TearDown(Level.Trial)
  public void remove() throws IOException {
    if (open != null) {
      open.close();
    }
    AtomicFiles.deleteRecursively(root);
  }

  private CacheEntry find() {
    return new TokenCache(cache.root())
        .find(cache.key(), tokenizer)
        .orElseThrow(() -> new IllegalStateException("the entry is not valid"));
  }

  private static TrainingBatches batches(CacheEntry entry) {
    BatchSettings settings = new BatchSettings(Batching.PACKED, LossOn.ALL, 8, WINDOW, 256);
    return new TrainingBatches(entry.train(), settings, 42);
  }

  private Batch openAndRead() {
    try (CacheEntry entry = find()) {
      return batches(entry).next();
    }
  }

  /** Opens the entry and reads the first batch of an epoch, in a JVM that has done so before. */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  @Fork(3)
  @Warmup(iterations = 3, time = 2)
  @Measurement(iterations = 3, time = 2)
  public Batch firstBatch() {
    return openAndRead();
  }

  /** Opens the entry and reads a batch from the middle of an epoch, as a run does that goes on. */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  @Fork(3)
  @Warmup(iterations = 3, time = 2)
  @Measurement(iterations = 3, time = 2)
  public Batch middleBatch() {
    try (CacheEntry entry = find()) {
      TrainingBatches all = batches(entry);
      all.seek(new BatchPosition(0, all.batchesPerEpoch() / 2));
      return all.next();
    }
  }

  /** Opens and reads as {@link #firstBatch} does, the first time in a JVM. */
  @Benchmark
  @BenchmarkMode(Mode.SingleShotTime)
  @Fork(10)
  @Warmup(iterations = 0)
  @Measurement(iterations = 1)
  public Batch cold() {
    return openAndRead();
  }

  /** A batch from anywhere in an epoch whose documents' places have been added up. */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  @OutputTimeUnit(TimeUnit.MICROSECONDS)
  @Fork(3)
  @Warmup(iterations = 3, time = 2)
  @Measurement(iterations = 3, time = 2)
  public Batch randomBatch() {
    if (open == null) {
      open = find();
      batches = batches(open);
      batches.seek(new BatchPosition(0, batches.batchesPerEpoch() - 1));
      batches.next();
    }
    long index = (draw++ * 0x9E3779B97F4A7C15L >>> 1) % batches.batchesPerEpoch();
    batches.seek(new BatchPosition(0, index));
    return batches.next();
  }
}
