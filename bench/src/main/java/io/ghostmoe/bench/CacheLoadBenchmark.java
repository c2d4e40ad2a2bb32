package io.ghostmoe.bench;

import io.ghostmoe.DataSettings;
import io.ghostmoe.GhostMoE;
import io.ghostmoe.PrepareSettings;
import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PreparedDataset;
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

/** How long it takes to find a dataset in the cache and open it, checks included. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@State(Scope.Benchmark)
public class CacheLoadBenchmark {
  /** Records of some 200 bytes. */
  @Param({"1000", "100000"})
  public int records;

  private Path folder = Path.of("");
  private PrepareSettings settings = PrepareSettings.of();

  @Setup(Level.Trial)
  public void prepare() throws IOException {
    folder = Files.createTempDirectory("ghostmoe-bench");
    Path dataset = folder.resolve("rows.jsonl");
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < records; i++) {
      rows.append("{\"text\": \"")
          .append("record %d holds a sentence of words. ".formatted(i).repeat(5))
          .append("\"}\n");
    }
    Files.writeString(dataset, rows);
    settings =
        PrepareSettings.builder()
            .with(DataSettings.DATASET, dataset.toString())
            .with(DataSettings.CACHE_DIR, folder.resolve("cache"))
            .build();
    GhostMoE.prepare(settings, PrepareListener.SILENT).close();
  }

  @TearDown(Level.Trial)
  public void remove() throws IOException {
    AtomicFiles.deleteRecursively(folder);
  }

  @Benchmark
  public long open() {
    try (PreparedDataset data = GhostMoE.prepare(settings, PrepareListener.SILENT)) {
      if (!data.cacheHit()) {
        throw new IllegalStateException("the cache was missed");
      }
      return data.train().tokens();
    }
  }
}
