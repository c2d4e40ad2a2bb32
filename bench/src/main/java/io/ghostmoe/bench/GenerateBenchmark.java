package io.ghostmoe.bench;

import io.ghostmoe.generate.Generator;
import io.ghostmoe.generate.Sampling;
import io.ghostmoe.model.Transformer;
import java.util.Collections;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Text token by token: one alone reads all weights that it meets, which is its limit; several side
 * by side read the head and the dense layers once.
 */
public class GenerateBenchmark extends OperationBenchmark {
  private static final int TOKENS = 32;

  @Param({"1", "16"})
  public int sequences;

  private Transformer model;
  private Generator generator;
  private double weights;

  /** Tokens a second. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Tokens {
    /** Generated. */
    public long tokens;

    @Setup(Level.Iteration)
    public void reset() {
      tokens = 0;
    }
  }

  @Setup(Level.Trial)
  public void build(Operands operands) {
    Workload w = operands.workload;
    model = new Transformer(w.model(), operands.backend, 1, false);
    generator = new Generator(model, operands.backend, Workload.VOCABULARY - 1, sequences);
    // of the two tables a token reads a row, of all else everything
    weights = model.activeParameters() - (double) (Workload.VOCABULARY + w.length) * w.width;
  }

  @TearDown(Level.Trial)
  public void close() {
    generator.close();
    model.close();
  }

  @Benchmark
  public void generate(Rates rates, Tokens tokens) {
    int[] count = {0};
    generator.generate(
        Collections.nCopies(sequences, new int[] {1, 2, 3}),
        TOKENS,
        Sampling.GREEDY,
        (_, _) -> ++count[0] > 0);
    tokens.tokens += count[0];
    rates.floats(count[0] / sequences * weights);
  }
}
