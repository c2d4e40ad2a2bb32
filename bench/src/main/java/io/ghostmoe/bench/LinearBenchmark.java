package io.ghostmoe.bench;

import io.ghostmoe.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** The dense layer at its largest: queries, keys and values of all tokens. */
public class LinearBenchmark extends OperationBenchmark {
  private Tensor x;
  private Tensor weight;
  private Tensor bias;
  private Tensor out;
  private double flops;

  @Setup(Level.Trial)
  public void allocate(Operands operands) {
    Workload w = operands.workload;
    x = operands.floats(1, w.tokens(), w.width);
    weight = operands.floats(.02, 3 * w.width, w.width);
    bias = operands.floats(.02, 3 * w.width);
    out = operands.floats(1, w.tokens(), 3 * w.width);
    flops = 2.0 * x.elements() * 3 * w.width;
  }

  @Benchmark
  public void forward(Operands operands, Rates rates) {
    operands.backend.linear(x, weight, bias, out);
    rates.flops(flops);
  }

  @Benchmark
  public void backwardInput(Operands operands, Rates rates) {
    operands.backend.linearBackwardInput(out, weight, false, x);
    rates.flops(flops);
  }

  @Benchmark
  public void backwardParameters(Operands operands, Rates rates) {
    operands.backend.linearBackwardParameters(x, out, weight, bias);
    rates.flops(flops);
  }
}
