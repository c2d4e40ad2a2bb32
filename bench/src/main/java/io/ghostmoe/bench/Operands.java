package io.ghostmoe.bench;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A backend and tensors of random numbers for a benchmark. */
@State(Scope.Benchmark)
public class Operands {
  @Param({"W0", "W1"})
  public Workload workload;

  @Param({"1", "2"})
  public int threads;

  Backend backend;
  private long key;

  @Setup(Level.Trial)
  public void open() {
    backend = new VectorBackend(threads);
    System.out.println("# " + backend.description());
  }

  @TearDown(Level.Trial)
  public void close() {
    backend.close();
  }

  /** Floats of a normal distribution with this deviation. */
  Tensor floats(double deviation, int... dims) {
    Tensor tensor = backend.allocate(DType.F32, dims);
    float[] values = new float[tensor.elements()];
    long own = CounterRandom.key(1, ++key);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * CounterRandom.normal(own, i));
    }
    backend.write(values, tensor);
    return tensor;
  }

  /** Several of them. */
  List<Tensor> listOfFloats(int count, double deviation, int... dims) {
    return Stream.generate(() -> floats(deviation, dims)).limit(count).toList();
  }

  Tensor ints(int[] values, int... dims) {
    Tensor tensor = backend.allocate(DType.I32, dims);
    backend.write(values, tensor);
    return tensor;
  }

  /** Ids drawn evenly from 0 to bound − 1. */
  Tensor ids(int bound, int count) {
    long own = CounterRandom.key(2, ++key);
    return ints(
        IntStream.range(0, count).map(i -> CounterRandom.below(own, i, bound)).toArray(), count);
  }

  /** Windows of one document each. */
  Tensor segments() {
    return ints(new int[workload.tokens()], workload.rows, workload.length);
  }

  /** Where each expert's rows begin, as many for each. */
  Tensor evenOffsets() {
    int[] offsets = new int[workload.experts + 1];
    for (int e = 0; e <= workload.experts; e++) {
      offsets[e] = workload.slots() / workload.experts * e;
    }
    return ints(offsets, offsets.length);
  }
}
