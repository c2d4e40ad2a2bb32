package io.ghostmoe.bench;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/**
 * What this machine can do at most: fused multiply-adds in registers, and a sum of two arrays that
 * no cache holds. The roofline of the other benchmarks; {@code -t 2} for two threads.
 */
@Threads(1)
@State(Scope.Thread)
public class PeakBenchmark extends OperationBenchmark {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int ROUNDS = 100_000;
  private static final int CHAINS = 12;
  private static final int LENGTH = 64 << 20;

  private final float[] factors = {0.999f, 1e-3f};
  private float[] a = {};
  private float[] b = {};

  @Setup(Level.Trial)
  public void allocate() {
    a = new float[LENGTH];
    b = new float[LENGTH];
  }

  /** Twelve chains, as the micro-kernel has: enough for the latency of every width. */
  @Benchmark
  public FloatVector multiplyAdd(Rates rates) {
    FloatVector x = FloatVector.broadcast(SPECIES, factors[0]);
    FloatVector y = FloatVector.broadcast(SPECIES, factors[1]);
    FloatVector c0 = x;
    FloatVector c1 = y;
    FloatVector c2 = x;
    FloatVector c3 = y;
    FloatVector c4 = x;
    FloatVector c5 = y;
    FloatVector c6 = x;
    FloatVector c7 = y;
    FloatVector c8 = x;
    FloatVector c9 = y;
    FloatVector c10 = x;
    FloatVector c11 = y;
    for (int i = 0; i < ROUNDS; i++) {
      c0 = c0.fma(x, y);
      c1 = c1.fma(x, y);
      c2 = c2.fma(x, y);
      c3 = c3.fma(x, y);
      c4 = c4.fma(x, y);
      c5 = c5.fma(x, y);
      c6 = c6.fma(x, y);
      c7 = c7.fma(x, y);
      c8 = c8.fma(x, y);
      c9 = c9.fma(x, y);
      c10 = c10.fma(x, y);
      c11 = c11.fma(x, y);
    }
    rates.flops(2.0 * ROUNDS * CHAINS * SPECIES.length());
    FloatVector left = c0.add(c1).add(c2).add(c3).add(c4).add(c5);
    return left.add(c6).add(c7).add(c8).add(c9).add(c10).add(c11);
  }

  /** Reads two arrays and writes one of them. */
  @Benchmark
  public void stream(Rates rates) {
    for (int i = 0; i < LENGTH; i += SPECIES.length()) {
      FloatVector.fromArray(SPECIES, a, i)
          .add(FloatVector.fromArray(SPECIES, b, i))
          .intoArray(a, i);
    }
    rates.floats(3.0 * LENGTH);
  }
}
