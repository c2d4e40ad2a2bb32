package io.ghostmoe.bench;

import io.ghostmoe.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** The head and its loss, with and without the gradients. */
public class HeadBenchmark extends OperationBenchmark {
  private Tensor x;
  private Tensor weight;
  private Tensor bias;
  private Tensor targets;
  private Tensor losses;
  private Tensor dX;
  private Tensor dWeight;
  private Tensor dBias;
  private double product;

  @Setup(Level.Trial)
  public void allocate(Operands operands) {
    Workload w = operands.workload;
    x = operands.floats(1, w.tokens(), w.width);
    weight = operands.floats(.02, Workload.VOCABULARY, w.width);
    bias = operands.floats(.02, Workload.VOCABULARY);
    targets = operands.ids(Workload.VOCABULARY, w.tokens());
    losses = operands.floats(0, w.tokens());
    dX = operands.floats(0, w.tokens(), w.width);
    dWeight = operands.floats(0, Workload.VOCABULARY, w.width);
    dBias = operands.floats(0, Workload.VOCABULARY);
    product = 2.0 * x.elements() * Workload.VOCABULARY;
  }

  @Benchmark
  public void loss(Operands operands, Rates rates) {
    operands.backend.linearCrossEntropy(x, weight, bias, targets, losses);
    rates.flops(product);
  }

  @Benchmark
  public void lossAndGradients(Operands operands, Rates rates) {
    operands.backend.linearCrossEntropyGradients(
        x, weight, bias, targets, 1f / x.dim(0), losses, dX, dWeight, dBias);
    rates.flops(3 * product);
  }
}
