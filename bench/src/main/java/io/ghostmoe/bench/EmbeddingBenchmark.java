package io.ghostmoe.bench;

import io.ghostmoe.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** The tables of tokens and positions. */
public class EmbeddingBenchmark extends OperationBenchmark {
  private Tensor ids;
  private Tensor positions;
  private Tensor tokenTable;
  private Tensor positionTable;
  private Tensor out;

  @Setup(Level.Trial)
  public void allocate(Operands operands) {
    Workload w = operands.workload;
    ids = operands.ids(Workload.VOCABULARY, w.tokens());
    positions = operands.ids(w.length, w.tokens());
    tokenTable = operands.floats(.02, Workload.VOCABULARY, w.width);
    positionTable = operands.floats(.02, w.length, w.width);
    out = operands.floats(1, w.tokens(), w.width);
  }

  @Benchmark
  public void forward(Operands operands, Rates rates) {
    operands.backend.embedding(ids, positions, tokenTable, positionTable, out);
    rates.floats(3.0 * out.elements());
  }

  @Benchmark
  public void backward(Operands operands, Rates rates) {
    operands.backend.embeddingBackward(ids, positions, out, tokenTable, positionTable);
    rates.floats(5.0 * out.elements());
  }
}
