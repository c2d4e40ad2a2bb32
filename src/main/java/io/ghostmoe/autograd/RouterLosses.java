package io.ghostmoe.autograd;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;

/**
 * The auxiliary losses of a router: load balance (Fedus et al. 2021, eq. 4) and z-loss (Zoph et al.
 * 2022, eq. 5). They join the gradient of the scores and no other loss.
 */
public final class RouterLosses {
  private RouterLosses() {}

  /**
   * Shapes: scores [N,A], segments I32 of N elements; returns [2]: balance and z-loss, unweighted.
   *
   * @param balanceWeight coefficient of the balance loss's gradient
   * @param zWeight coefficient of the z-loss's gradient
   */
  public static Tensor apply(
      Tape tape,
      Variable scores,
      ExpertOrder order,
      Tensor segments,
      float balanceWeight,
      float zWeight) {
    Backend backend = tape.backend();
    Tensor losses = tape.take(DType.F32, 2);
    backend.routerLosses(scores.value(), order.offsets(), segments, losses);
    if (tape.recording() && (balanceWeight != 0 || zWeight != 0)) {
      // a root of the graph: nothing downstream will hand it a gradient
      Variable root = tape.variable(1);
      tape.contribute(root, (accumulate, gradient) -> backend.fill(gradient, 1));
      tape.record(
          root,
          () ->
              tape.contribute(
                  scores,
                  (accumulate, dScores) -> {
                    if (!accumulate) {
                      backend.fill(dScores, 0);
                    }
                    backend.routerLossesBackward(
                        scores.value(), order.offsets(), segments, balanceWeight, zWeight, dScores);
                  }));
    }
    return losses;
  }
}
