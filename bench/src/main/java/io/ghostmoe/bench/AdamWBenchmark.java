package io.ghostmoe.bench;

import io.ghostmoe.tensor.Backend.AdamWStep;
import io.ghostmoe.tensor.Tensor;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** One update of the largest parameter, and the norm of its gradient. */
public class AdamWBenchmark extends OperationBenchmark {
  private static final AdamWStep STEP = new AdamWStep(1e-3f, .9f, .95f, 1e-8f, .1f, 10, 1);

  private Tensor value;
  private Tensor gradient;
  private Tensor m;
  private Tensor v;
  private Tensor norm;

  @Setup(Level.Trial)
  public void allocate(Operands operands) {
    Workload w = operands.workload;
    value = operands.floats(.02, Workload.VOCABULARY, w.width);
    gradient = operands.floats(1e-3, Workload.VOCABULARY, w.width);
    m = operands.floats(0, Workload.VOCABULARY, w.width);
    v = operands.floats(0, Workload.VOCABULARY, w.width);
    norm = operands.floats(1, 1);
  }

  /** Reads and writes all four. */
  @Benchmark
  public void update(Operands operands, Rates rates) {
    operands.backend.adamW(
        List.of(STEP), norm, List.of(value), List.of(gradient), List.of(m), List.of(v));
    rates.floats(8.0 * value.elements());
  }

  @Benchmark
  public void norm(Operands operands, Rates rates) {
    operands.backend.norm(List.of(gradient), norm);
    rates.floats(gradient.elements());
  }
}
