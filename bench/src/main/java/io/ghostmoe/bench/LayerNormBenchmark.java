package io.ghostmoe.bench;

import io.ghostmoe.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** Layer norm over all tokens. */
public class LayerNormBenchmark extends OperationBenchmark {
  private Tensor x;
  private Tensor gain;
  private Tensor bias;
  private Tensor out;
  private Tensor mean;
  private Tensor rstd;
  private Tensor dX;

  @Setup(Level.Trial)
  public void allocate(Operands operands) {
    Workload w = operands.workload;
    x = operands.floats(1, w.tokens(), w.width);
    gain = operands.floats(1, w.width);
    bias = operands.floats(1, w.width);
    out = operands.floats(1, w.tokens(), w.width);
    mean = operands.floats(1, w.tokens());
    rstd = operands.floats(1, w.tokens());
    dX = operands.floats(1, w.tokens(), w.width);
  }

  @Benchmark
  public void forward(Operands operands, Rates rates) {
    operands.backend.layerNorm(x, gain, bias, 1e-5f, out, mean, rstd);
    rates.floats(2.0 * x.elements());
  }

  @Benchmark
  public void backward(Operands operands, Rates rates) {
    operands.backend.layerNormBackward(x, gain, mean, rstd, out, false, dX, gain, bias);
    rates.floats(3.0 * x.elements());
  }
}
