package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.HeapBuffer.floats;
import static io.ghostmoe.tensor.cpu.HeapBuffer.ints;

import io.ghostmoe.tensor.ExpertOperations;
import io.ghostmoe.tensor.ExpertShapes;
import io.ghostmoe.tensor.Tensor;
import java.util.List;

/**
 * The part of {@link VectorBackend} that a mixture of experts adds to a dense model: operands
 * checked and unwrapped, for the kernels that route, move rows, multiply them, and measure.
 */
abstract sealed class VectorExpertOperations implements ExpertOperations permits VectorBackend {
  private final VectorRouter router;
  private final VectorDispatch dispatch;
  private final VectorExperts experts;
  private final VectorStatistics statistics;

  VectorExpertOperations(WorkerPool pool, Workspace workspace) {
    router = new VectorRouter(pool);
    dispatch = new VectorDispatch(pool, workspace);
    experts = new VectorExperts(pool, workspace);
    statistics = new VectorStatistics(pool, workspace);
  }

  @Override
  public void stackRows(List<Tensor> rows, Tensor out) {
    ExpertShapes.stackRows(rows, out);
    int width = out.dim(1);
    for (int e = 0; e < rows.size(); e++) {
      System.arraycopy(floats(rows.get(e)), 0, floats(out), e * width, width);
    }
  }

  @Override
  public void unstackRows(Tensor dOut, List<Tensor> dRows) {
    ExpertShapes.unstackRows(dOut, dRows);
    int width = dOut.dim(1);
    for (int e = 0; e < dRows.size(); e++) {
      VectorMath.axpy(1, floats(dOut), e * width, floats(dRows.get(e)), 0, width);
    }
  }

  @Override
  public void topK(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor activations,
      Tensor selected,
      Tensor gates) {
    ExpertShapes.topK(scores, bias, families, activations, selected, gates);
    IndexChecks.families("topK", ints(families), selected.dim(1));
    checkActivations("topK", activations);
    router.topK(
        scores.dim(0),
        selected.dim(1),
        selection(scores, bias, families),
        floats(activations),
        ints(selected),
        floats(gates));
  }

  @Override
  public void topKBackward(
      Tensor scores,
      Tensor activations,
      Tensor selected,
      Tensor gates,
      Tensor dGates,
      Tensor dScores) {
    ExpertShapes.topKBackward(scores, activations, selected, gates, dGates, dScores);
    IndexChecks.experts("topKBackward", ints(selected), selected.elements(), scores.dim(1));
    checkActivations("topKBackward", activations);
    router.topKBackward(
        scores.dim(0),
        scores.dim(1),
        selected.dim(1),
        floats(scores),
        floats(activations),
        ints(selected),
        floats(gates),
        floats(dGates),
        floats(dScores));
  }

  @Override
  public void routerMargins(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor segments,
      int expert,
      int topK,
      Tensor margins) {
    ExpertShapes.routerMargins(scores, bias, families, segments, expert, topK, margins);
    IndexChecks.segments("routerMargins", ints(segments), segments.elements());
    router.margins(
        scores.dim(0),
        topK,
        selection(scores, bias, families),
        expert,
        ints(segments),
        floats(margins));
  }

  @Override
  public void routerLosses(Tensor scores, Tensor offsets, Tensor segments, Tensor losses) {
    ExpertShapes.routerLosses(scores, offsets, segments, losses);
    IndexChecks.segments("routerLosses", ints(segments), segments.elements());
    router.losses(
        scores.dim(0),
        scores.dim(1),
        floats(scores),
        ints(offsets),
        ints(segments),
        floats(losses));
  }

  @Override
  public void routerLossesBackward(
      Tensor scores,
      Tensor offsets,
      Tensor segments,
      float balanceWeight,
      float zWeight,
      Tensor dScores) {
    ExpertShapes.routerLossesBackward(scores, offsets, segments, dScores);
    IndexChecks.segments("routerLossesBackward", ints(segments), segments.elements());
    router.lossesBackward(
        scores.dim(0),
        scores.dim(1),
        floats(scores),
        ints(offsets),
        ints(segments),
        balanceWeight,
        zWeight,
        floats(dScores));
  }

  @Override
  public void updateBalanceBias(Tensor counts, Tensor targets, Tensor rates, Tensor bias) {
    ExpertShapes.updateBalanceBias(counts, targets, rates, bias);
    float[] each = floats(rates);
    IndexChecks.rates("updateBalanceBias", each.length, e -> each[e]);
    router.updateBias(ints(counts), floats(targets), each, floats(bias));
  }

  @Override
  public void sortByExpert(
      Tensor selected, Tensor segments, Tensor offsets, Tensor slotOfRow, Tensor rowOfSlot) {
    ExpertShapes.sortByExpert(selected, segments, offsets, slotOfRow, rowOfSlot);
    IndexChecks.experts(
        "sortByExpert", ints(selected), selected.elements(), offsets.elements() - 1);
    IndexChecks.segments("sortByExpert", ints(segments), segments.elements());
    dispatch.sort(
        selected.dim(0),
        selected.dim(1),
        ints(selected),
        ints(segments),
        ints(offsets),
        ints(slotOfRow),
        ints(rowOfSlot));
  }

  @Override
  public void dispatch(Tensor x, Tensor offsets, Tensor slotOfRow, Tensor out) {
    ExpertShapes.dispatch(x, offsets, slotOfRow, out);
    int rows = last(offsets);
    int slots = slotOfRow.elements();
    checkOffsets("dispatch", offsets, slots);
    IndexChecks.slotOfRow("dispatch", ints(slotOfRow), rows, slots);
    if (rows > 0) {
      dispatch.gather(rows, x.dim(1), slots / x.dim(0), floats(x), ints(slotOfRow), floats(out));
    }
  }

  @Override
  public void dispatchBackward(Tensor dOut, Tensor rowOfSlot, boolean accumulate, Tensor dX) {
    ExpertShapes.dispatchBackward(dOut, rowOfSlot, dX);
    IndexChecks.rowOfSlot("dispatchBackward", ints(rowOfSlot), rowOfSlot.elements());
    dispatch.gatherBackward(
        dX.dim(0),
        dX.dim(1),
        rowOfSlot.dim(1),
        floats(dOut),
        ints(rowOfSlot),
        accumulate,
        floats(dX));
  }

  @Override
  public void groupedLinear(
      Tensor x, Tensor offsets, List<Tensor> weights, List<Tensor> biases, Tensor out) {
    ExpertShapes.groupedLinear(x, offsets, weights, biases, out);
    checkOffsets("groupedLinear", offsets, x.dim(0));
    experts.forward(x.dim(1), out.dim(1), floats(x), ints(offsets), weights, biases, floats(out));
  }

  @Override
  public void groupedLinearBackwardInput(
      Tensor dOut, Tensor offsets, List<Tensor> weights, Tensor dX) {
    ExpertShapes.groupedLinearBackwardInput(dOut, offsets, weights, dX);
    checkOffsets("groupedLinearBackwardInput", offsets, dX.dim(0));
    experts.backwardInput(dX.dim(1), dOut.dim(1), floats(dOut), ints(offsets), weights, floats(dX));
  }

  @Override
  public void groupedLinearBackwardParameters(
      Tensor x, Tensor dOut, Tensor offsets, List<Tensor> dWeights, List<Tensor> dBiases) {
    ExpertShapes.groupedLinearBackwardParameters(x, dOut, offsets, dWeights, dBiases);
    checkOffsets("groupedLinearBackwardParameters", offsets, x.dim(0));
    experts.backwardParameters(
        x.dim(1), dOut.dim(1), floats(x), floats(dOut), ints(offsets), dWeights, dBiases);
  }

  @Override
  public void combine(Tensor y, Tensor gates, Tensor rowOfSlot, Tensor out) {
    ExpertShapes.combine(y, gates, rowOfSlot, out);
    IndexChecks.rowOfSlot("combine", ints(rowOfSlot), rowOfSlot.elements());
    dispatch.combine(
        out.dim(0),
        out.dim(1),
        gates.dim(1),
        floats(y),
        floats(gates),
        ints(rowOfSlot),
        floats(out));
  }

  @Override
  public void combineBackward(
      Tensor y, Tensor gates, Tensor rowOfSlot, Tensor dOut, Tensor dY, Tensor dGates) {
    ExpertShapes.combineBackward(y, gates, rowOfSlot, dOut, dY, dGates);
    IndexChecks.rowOfSlot("combineBackward", ints(rowOfSlot), rowOfSlot.elements());
    dispatch.combineBackward(
        dOut.dim(0),
        dOut.dim(1),
        gates.dim(1),
        floats(y),
        floats(gates),
        ints(rowOfSlot),
        floats(dOut),
        floats(dY),
        floats(dGates));
  }

  @Override
  public void expertUtility(
      Tensor y, Tensor gates, Tensor offsets, Tensor slotOfRow, Tensor utility) {
    ExpertShapes.expertUtility(y, gates, offsets, slotOfRow, utility);
    int slots = slotOfRow.elements();
    checkOffsets("expertUtility", offsets, slots);
    IndexChecks.slotOfRow("expertUtility", ints(slotOfRow), last(offsets), slots);
    statistics.utility(
        y.dim(1), floats(y), floats(gates), ints(offsets), ints(slotOfRow), floats(utility));
  }

  @Override
  public void expertSums(Tensor y, Tensor offsets, Tensor sums) {
    ExpertShapes.expertSums(y, offsets, sums);
    checkOffsets("expertSums", offsets, y.dim(0));
    statistics.sums(y.dim(1), floats(y), ints(offsets), floats(sums));
  }

  @Override
  public void alignment(Tensor x, Tensor y, Tensor segments, Tensor out) {
    ExpertShapes.alignment(x, y, segments, out);
    IndexChecks.segments("alignment", ints(segments), segments.elements());
    statistics.alignment(x.dim(0), x.dim(1), floats(x), floats(y), ints(segments), floats(out));
  }

  private static VectorSelection selection(Tensor scores, Tensor bias, Tensor families) {
    return new VectorSelection(scores.dim(1), floats(scores), floats(bias), ints(families));
  }

  private static void checkActivations(String operation, Tensor activations) {
    float[] values = floats(activations);
    IndexChecks.activations(operation, values.length, e -> values[e]);
  }

  private static int last(Tensor offsets) {
    return ints(offsets)[offsets.elements() - 1];
  }

  private static void checkOffsets(String operation, Tensor offsets, int slots) {
    IndexChecks.offsets(operation, ints(offsets), offsets.elements() - 1, slots);
  }
}
