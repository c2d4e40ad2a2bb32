package io.ghostmoe.bench;

import io.ghostmoe.tensor.Tensor;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Plain matrix products [M, K]·[K, N], to be held against a BLAS; the packing of B counts. */
public class ProductBenchmark extends OperationBenchmark {
  /** M, K and N: square, an expert's two layers at W1, and the head's at W0 and W1. */
  @Param({
    "1024x1024x1024",
    "2048x256x1024",
    "2048x1024x256",
    "1024x32x50257",
    "256x256x50257",
  })
  public String shape;

  private Tensor x;
  private Tensor weight;
  private Tensor out;
  private double flops;

  @Setup(Level.Trial)
  public void allocate(Operands operands) {
    int[] sizes = Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
    x = operands.floats(1, sizes[0], sizes[1]);
    weight = operands.floats(.02, sizes[2], sizes[1]);
    out = operands.floats(1, sizes[0], sizes[2]);
    flops = 2.0 * sizes[0] * sizes[1] * sizes[2];
  }

  @Benchmark
  public void product(Operands operands, Rates rates) {
    operands.backend.linear(x, weight, null, out);
    rates.flops(flops);
  }
}
