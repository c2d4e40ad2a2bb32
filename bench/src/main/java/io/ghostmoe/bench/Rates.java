package io.ghostmoe.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What is shown beside the calls a second: arithmetic and traffic a second. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Rates {
  /** Billions of additions and multiplications. */
  public double gflop;

  /** Billions of bytes of operands, each met once: the least that has to move. */
  public double gbyte;

  @Setup(Level.Iteration)
  public void reset() {
    gflop = 0;
    gbyte = 0;
  }

  void flops(double count) {
    gflop += count * 1e-9;
  }

  void floats(double count) {
    gbyte += 4 * count * 1e-9;
  }
}
