package io.ghostmoe.bench;

import io.ghostmoe.tensor.Tensor;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** The way to the experts and back: selection, sorting, rows there, rows back. */
public class RouterBenchmark extends OperationBenchmark {
  private Tensor scores;
  private Tensor bias;
  private Tensor families;
  private Tensor activations;
  private Tensor selected;
  private Tensor gates;
  private Tensor segments;
  private Tensor offsets;
  private Tensor slotOfRow;
  private Tensor rowOfSlot;
  private Tensor x;
  private Tensor rows;

  @Setup(Level.Trial)
  public void allocate(Operands operands) {
    Workload w = operands.workload;
    scores = operands.floats(1, w.tokens(), w.experts);
    bias = operands.floats(0, w.experts);
    families = operands.ints(IntStream.range(0, w.experts).toArray(), w.experts);
    activations = operands.floats(0, w.experts);
    operands.backend.fill(activations, 1);
    selected = operands.ints(new int[w.slots()], w.tokens(), w.topK);
    gates = operands.floats(0, w.tokens(), w.topK);
    segments = operands.segments().reshape(w.tokens());
    offsets = operands.ints(new int[w.experts + 1], w.experts + 1);
    slotOfRow = operands.ints(new int[w.slots()], w.slots());
    rowOfSlot = operands.ints(new int[w.slots()], w.tokens(), w.topK);
    x = operands.floats(1, w.tokens(), w.width);
    rows = operands.floats(1, w.slots(), w.width);
    select(operands);
    sort(operands);
  }

  @Benchmark
  public void select(Operands operands) {
    operands.backend.topK(scores, bias, families, activations, selected, gates);
  }

  @Benchmark
  public void sort(Operands operands) {
    operands.backend.sortByExpert(selected, segments, offsets, slotOfRow, rowOfSlot);
  }

  @Benchmark
  public void dispatch(Operands operands, Rates rates) {
    operands.backend.dispatch(x, offsets, slotOfRow, rows);
    rates.floats(2.0 * rows.elements());
  }

  @Benchmark
  public void combine(Operands operands, Rates rates) {
    operands.backend.combine(rows, gates, rowOfSlot, x);
    rates.floats(1.5 * rows.elements());
  }
}
