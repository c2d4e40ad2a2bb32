package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.ExpertOperations;
import io.ghostmoe.tensor.ExpertShapes;
import io.ghostmoe.tensor.Tensor;
import java.util.List;

/** The part of {@link CudaBackend} that a mixture of experts adds to a dense model. */
abstract sealed class CudaExpertOperations implements ExpertOperations permits CudaBackend {
  private final CudaRouter router;
  private final CudaExperts experts;
  private final CudaMoe moe;
  private final CudaStatistics statistics;

  CudaExpertOperations(CudaContext cuda, CudaSort sort, CudaRounding rounding) {
    router = new CudaRouter(cuda);
    experts = new CudaExperts(cuda, sort);
    moe = new CudaMoe(cuda, rounding);
    statistics = new CudaStatistics(cuda);
  }

  // ---- the router --------------------------------------------------------------------------

  @Override
  public void stackRows(List<Tensor> rows, Tensor out) {
    ExpertShapes.stackRows(rows, out);
    router.stackRows(rows, out);
  }

  @Override
  public void unstackRows(Tensor dOut, List<Tensor> dRows) {
    ExpertShapes.unstackRows(dOut, dRows);
    router.unstackRows(dOut, dRows);
  }

  @Override
  public void topK(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor activations,
      Tensor experts,
      Tensor gates) {
    ExpertShapes.topK(scores, bias, families, activations, experts, gates);
    router.topK(scores, bias, families, activations, experts, gates);
  }

  @Override
  public void topKBackward(
      Tensor scores,
      Tensor activations,
      Tensor experts,
      Tensor gates,
      Tensor dGates,
      Tensor dScores) {
    ExpertShapes.topKBackward(scores, activations, experts, gates, dGates, dScores);
    router.topKBackward(scores, activations, experts, gates, dGates, dScores);
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
    router.routerMargins(scores, bias, families, segments, expert, topK, margins);
  }

  @Override
  public void routerLosses(Tensor scores, Tensor offsets, Tensor segments, Tensor losses) {
    ExpertShapes.routerLosses(scores, offsets, segments, losses);
    router.routerLosses(scores, offsets, segments, losses);
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
    router.routerLossesBackward(scores, offsets, segments, balanceWeight, zWeight, dScores);
  }

  @Override
  public void updateBalanceBias(Tensor counts, Tensor targets, Tensor rates, Tensor bias) {
    ExpertShapes.updateBalanceBias(counts, targets, rates, bias);
    router.updateBalanceBias(counts, targets, rates, bias);
  }

  // ---- experts -----------------------------------------------------------------------------

  @Override
  public void sortByExpert(
      Tensor experts, Tensor segments, Tensor offsets, Tensor slotOfRow, Tensor rowOfSlot) {
    ExpertShapes.sortByExpert(experts, segments, offsets, slotOfRow, rowOfSlot);
    this.experts.sortByExpert(experts, segments, offsets, slotOfRow, rowOfSlot);
  }

  @Override
  public void dispatch(Tensor x, Tensor offsets, Tensor slotOfRow, Tensor out) {
    ExpertShapes.dispatch(x, offsets, slotOfRow, out);
    experts.dispatch(x, offsets, slotOfRow, out);
  }

  @Override
  public void dispatchBackward(Tensor dOut, Tensor rowOfSlot, boolean accumulate, Tensor dX) {
    ExpertShapes.dispatchBackward(dOut, rowOfSlot, dX);
    experts.dispatchBackward(dOut, rowOfSlot, accumulate, dX);
  }

  @Override
  public void groupedLinear(
      Tensor x, Tensor offsets, List<Tensor> weights, List<Tensor> biases, Tensor out) {
    ExpertShapes.groupedLinear(x, offsets, weights, biases, out);
    moe.groupedLinear(x, offsets, weights, biases, out);
  }

  @Override
  public void groupedLinearBackwardInput(
      Tensor dOut, Tensor offsets, List<Tensor> weights, Tensor dX) {
    ExpertShapes.groupedLinearBackwardInput(dOut, offsets, weights, dX);
    moe.groupedLinearBackwardInput(dOut, offsets, weights, dX);
  }

  @Override
  public void groupedLinearBackwardParameters(
      Tensor x, Tensor dOut, Tensor offsets, List<Tensor> dWeights, List<Tensor> dBiases) {
    ExpertShapes.groupedLinearBackwardParameters(x, dOut, offsets, dWeights, dBiases);
    moe.groupedLinearBackwardParameters(x, dOut, offsets, dWeights, dBiases);
  }

  @Override
  public void combine(Tensor y, Tensor gates, Tensor rowOfSlot, Tensor out) {
    ExpertShapes.combine(y, gates, rowOfSlot, out);
    experts.combine(y, gates, rowOfSlot, out);
  }

  @Override
  public void combineBackward(
      Tensor y, Tensor gates, Tensor rowOfSlot, Tensor dOut, Tensor dY, Tensor dGates) {
    ExpertShapes.combineBackward(y, gates, rowOfSlot, dOut, dY, dGates);
    experts.combineBackward(y, gates, rowOfSlot, dOut, dY, dGates);
  }

  // ---- what experts do ---------------------------------------------------------------------

  @Override
  public void expertUtility(
      Tensor y, Tensor gates, Tensor offsets, Tensor slotOfRow, Tensor utility) {
    ExpertShapes.expertUtility(y, gates, offsets, slotOfRow, utility);
    statistics.expertUtility(y, gates, offsets, slotOfRow, utility);
  }

  @Override
  public void expertSums(Tensor y, Tensor offsets, Tensor sums) {
    ExpertShapes.expertSums(y, offsets, sums);
    statistics.expertSums(y, offsets, sums);
  }

  @Override
  public void alignment(Tensor x, Tensor y, Tensor segments, Tensor out) {
    ExpertShapes.alignment(x, y, segments, out);
    statistics.alignment(x, y, segments, out);
  }
}
