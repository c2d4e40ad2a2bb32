package io.ghostmoe.bench;

import io.ghostmoe.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** Causal attention over whole windows. */
public class AttentionBenchmark extends OperationBenchmark {
  private Tensor qkv;
  private Tensor segments;
  private Tensor out;
  private Tensor lse;
  private Tensor dQkv;
  private double pair;

  @Setup(Level.Trial)
  public void allocate(Operands operands) {
    Workload w = operands.workload;
    qkv = operands.floats(1, w.tokens(), 3 * w.width);
    segments = operands.segments();
    out = operands.floats(1, w.tokens(), w.width);
    lse = operands.floats(1, w.rows, w.heads, w.length);
    dQkv = operands.floats(1, w.tokens(), 3 * w.width);
    pair = (double) w.tokens() * w.length * w.width; // 2·C for half of all pairs
  }

  @Benchmark
  public void forward(Operands operands, Rates rates) {
    operands.backend.attention(qkv, segments, operands.workload.heads, out, lse);
    rates.flops(2 * pair);
  }

  @Benchmark
  public void backward(Operands operands, Rates rates) {
    operands.backend.attentionBackward(qkv, segments, operands.workload.heads, out, lse, out, dQkv);
    rates.flops(5 * pair);
  }
}
