package io.ghostmoe.bench;

import io.ghostmoe.tensor.Tensor;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** The experts' first layer over sorted rows, as many for each. */
public class ExpertsBenchmark extends OperationBenchmark {
  private Tensor x;
  private Tensor offsets;
  private List<Tensor> weights;
  private List<Tensor> biases;
  private Tensor out;
  private double flops;

  @Setup(Level.Trial)
  public void allocate(Operands operands) {
    Workload w = operands.workload;
    x = operands.floats(1, w.slots(), w.width);
    offsets = operands.evenOffsets();
    weights = operands.listOfFloats(w.experts, .02, w.hidden, w.width);
    biases = operands.listOfFloats(w.experts, .02, w.hidden);
    out = operands.floats(1, w.slots(), w.hidden);
    flops = 2.0 * x.elements() * w.hidden;
  }

  @Benchmark
  public void forward(Operands operands, Rates rates) {
    operands.backend.groupedLinear(x, offsets, weights, biases, out);
    rates.flops(flops);
  }

  @Benchmark
  public void backwardInput(Operands operands, Rates rates) {
    operands.backend.groupedLinearBackwardInput(out, offsets, weights, x);
    rates.flops(flops);
  }

  @Benchmark
  public void backwardParameters(Operands operands, Rates rates) {
    operands.backend.groupedLinearBackwardParameters(x, out, offsets, weights, biases);
    rates.flops(flops);
  }
}
