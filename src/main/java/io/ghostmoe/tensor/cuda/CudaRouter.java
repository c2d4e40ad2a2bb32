package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import java.util.List;

/** The router's matrix, selection of experts, the auxiliary losses, the balance bias. */
final class CudaRouter {
  private static final int THREADS = 256;
  private static final int TOKENS_PER_BLOCK = 8;
  private static final int TOKENS_PER_SUM = 32;

  private final CudaContext cuda;
  private final StackRowsKernels rows;
  private final TopkKernels selection;
  private final RouterMarginsKernels margins;
  private final RouterLossesKernels losses;
  private final BalanceBiasKernels balance;

  CudaRouter(CudaContext cuda) {
    this.cuda = cuda;
    rows = new StackRowsKernels(cuda);
    selection = new TopkKernels(cuda);
    margins = new RouterMarginsKernels(cuda);
    losses = new RouterLossesKernels(cuda);
    balance = new BalanceBiasKernels(cuda);
  }

  private static Grid warpPerToken(int tokens) {
    return Grid.of(Math.ceilDiv(tokens, TOKENS_PER_BLOCK), THREADS);
  }

  void stackRows(List<Tensor> rows, Tensor out) {
    Grid grid = Grid.covering(out.elements(), THREADS);
    this.rows.stackRowsF32(grid, cuda.table(rows), DevicePointer.of(out), out.dim(0), out.dim(1));
  }

  void unstackRows(Tensor dOut, List<Tensor> dRows) {
    Grid grid = Grid.covering(dOut.elements(), THREADS);
    rows.unstackRowsF32(grid, DevicePointer.of(dOut), cuda.table(dRows), dOut.dim(0), dOut.dim(1));
  }

  void topK(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor activations,
      Tensor experts,
      Tensor gates) {
    selection.topkForwardF32(
        warpPerToken(scores.dim(0)),
        DevicePointer.of(scores),
        DevicePointer.of(bias),
        DevicePointer.of(families),
        DevicePointer.of(activations),
        DevicePointer.of(experts),
        DevicePointer.of(gates),
        scores.dim(0),
        scores.dim(1),
        experts.dim(1),
        cuda.error("topK"));
  }

  void topKBackward(
      Tensor scores,
      Tensor activations,
      Tensor experts,
      Tensor gates,
      Tensor dGates,
      Tensor dScores) {
    selection.topkBackwardF32(
        warpPerToken(scores.dim(0)),
        DevicePointer.of(scores),
        DevicePointer.of(activations),
        DevicePointer.of(experts),
        DevicePointer.of(gates),
        DevicePointer.of(dGates),
        DevicePointer.of(dScores),
        scores.dim(0),
        scores.dim(1),
        experts.dim(1),
        cuda.error("topKBackward"));
  }

  void routerMargins(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor segments,
      int expert,
      int topK,
      Tensor margins) {
    int tokens = scores.dim(0);
    try (CudaBuffer chosen = cuda.scratch(4L * tokens * (topK + 1))) {
      this.margins.routerMarginsF32(
          warpPerToken(tokens),
          DevicePointer.of(scores),
          DevicePointer.of(bias),
          DevicePointer.of(families),
          DevicePointer.of(segments),
          chosen.pointer(),
          DevicePointer.of(margins),
          tokens,
          scores.dim(1),
          expert,
          topK,
          cuda.error("routerMargins"));
    }
  }

  void routerLosses(Tensor scores, Tensor offsets, Tensor segments, Tensor losses) {
    int tokens = scores.dim(0);
    int awake = scores.dim(1);
    int blocks = Math.ceilDiv(tokens, TOKENS_PER_SUM);
    try (CudaBuffer partials = cuda.scratch(8L * blocks * (awake + 2))) {
      this.losses.routerLossesPartialF32(
          Grid.of(blocks, THREADS),
          DevicePointer.of(scores),
          DevicePointer.of(segments),
          partials.pointer(),
          tokens,
          awake,
          cuda.error("routerLosses"));
      this.losses.routerLossesFinishF32(
          Grid.of(1, THREADS),
          partials.pointer(),
          DevicePointer.of(offsets),
          DevicePointer.of(losses),
          blocks,
          awake);
    }
  }

  void routerLossesBackward(
      Tensor scores,
      Tensor offsets,
      Tensor segments,
      float balanceWeight,
      float zWeight,
      Tensor dScores) {
    int tokens = scores.dim(0);
    try (CudaBuffer count = cuda.scratch(4)) {
      losses.routerLossesTokensI32(
          Grid.of(1, THREADS),
          DevicePointer.of(segments),
          count.pointer(),
          tokens,
          cuda.error("routerLossesBackward"));
      losses.routerLossesBackwardF32(
          warpPerToken(tokens),
          DevicePointer.of(scores),
          DevicePointer.of(offsets),
          DevicePointer.of(segments),
          count.pointer(),
          balanceWeight,
          zWeight,
          DevicePointer.of(dScores),
          tokens,
          scores.dim(1));
    }
  }

  void updateBalanceBias(Tensor counts, Tensor targets, Tensor rates, Tensor bias) {
    balance.balanceBiasF32(
        Grid.of(1, THREADS),
        DevicePointer.of(counts),
        DevicePointer.of(targets),
        DevicePointer.of(rates),
        DevicePointer.of(bias),
        counts.dim(0),
        cuda.error("updateBalanceBias"));
  }
}
