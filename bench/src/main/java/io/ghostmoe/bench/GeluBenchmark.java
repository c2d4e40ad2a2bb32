package io.ghostmoe.bench;

import io.ghostmoe.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** The experts' non-linearity over all slots. */
public class GeluBenchmark extends OperationBenchmark {
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
