package io.ghostmoe.bench;

import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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

/** How fast texts become tokens on one core; {@code bytes} counts those of the text. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@State(Scope.Benchmark)
public class TokenizerBenchmark {
  /** A file of lines, each of which is a text. */
  @Param({"data/lambda_dataset.json"})
  public String file;

  /** {@code gpt2} by the reference and by its fast way, and {@code byte}. */
  @Param({"gpt2/reference", "gpt2/fast", "byte/fast"})
  public String way;

  private Tokenizer tokenizer = Tokenizers.open("byte");
  private Tokenizer.Encoder encoder = tokenizer.fastEncoder();
  private List<String> texts = List.of();
  private long textBytes;

  /** What JMH divides by time besides the calls. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Counted {
    public long bytes;
  }

  @Setup(Level.Trial)
  public void load() {
    String[] parts = way.split("/");
    tokenizer = Tokenizers.open(parts[0]);
    encoder = parts[1].equals("fast") ? tokenizer.fastEncoder() : tokenizer::encodeWithLengths;
    try {
      texts = Files.readAllLines(Path.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (String text : texts) {
      textBytes += text.getBytes(StandardCharsets.UTF_8).length;
      if (!Arrays.equals(encoder.encode(text).ids(), tokenizer.encode(text))) {
        throw new IllegalStateException("the two ways differ on " + text);
      }
    }
  }

  @TearDown(Level.Trial)
  public void close() {
    tokenizer.close();
  }

  @Benchmark
  public long encode(Counted counted) {
    long tokens = 0;
    for (String text : texts) {
      tokens += encoder.encode(text).ids().length;
    }
    counted.bytes += textBytes;
    return tokens;
  }
}
