package io.ghostmoe.bench;

import io.ghostmoe.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The experts' non-linearity over all slots. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC"})
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 3, time = 2)
@State(Scope.Benchmark)
public class GeluBenchmark {
  private Tensor x;
  private Tensor out;
  private Tensor dX;

  @Setup(Level.Trial)
  public void allocate(Operands operands) {
    Workload w = operands.workload;
    x = operands.floats(1, w.slots(), w.hidden);
    out = operands.floats(1, w.slots(), w.hidden);
    dX = operands.floats(1, w.slots(), w.hidden);
  }

  @Benchmark
  public void forward(Operands operands, Rates rates) {
    operands.backend.gelu(x, out);
    rates.floats(2.0 * x.elements());
  }

  @Benchmark
  public void backward(Operands operands, Rates rates) {
    operands.backend.geluBackward(x, out, dX);
    rates.floats(3.0 * x.elements());
  }
}
