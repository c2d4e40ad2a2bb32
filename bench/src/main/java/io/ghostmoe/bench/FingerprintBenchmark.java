package io.ghostmoe.bench;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.data.cache.SourceHashes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
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

/** How long it takes to know that a source file is the one that was prepared. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@State(Scope.Benchmark)
public class FingerprintBenchmark {
  /** Size of the file in millions of bytes. */
  @Param({"1", "100"})
  public int megabytes;

  private Path folder = Path.of("");
  private Path file = folder;
  private SourceHashes hashes = new SourceHashes(folder);
  private long touched;

  @Setup(Level.Trial)
  public void write() throws IOException, InterruptedException {
    folder = Files.createTempDirectory("ghostmoe-bench");
    file = Files.write(folder.resolve("a.txt"), new byte[megabytes * 1_000_000]);
    hashes = new SourceHashes(folder.resolve("cache"));
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
    TimeUnit.SECONDS.sleep(4); // what changed just now is not remembered
  }

  @TearDown(Level.Trial)
  public void remove() throws IOException {
    AtomicFiles.deleteRecursively(folder);
  }

  /** Nothing about the file has changed: its size and times are compared. */
  @Benchmark
  public SourceHashes.Known unchanged() throws IOException {
    return hashes.hash(List.of(file)).getFirst();
  }

  /** The file was touched, so that its content is read. */
  @Benchmark
  public SourceHashes.Known touched() throws IOException {
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L + touched++));
    return hashes.hash(List.of(file)).getFirst();
  }
}
