package io.ghostmoe.tensor;

import static io.ghostmoe.tensor.ShapeChecks.same;

import java.util.List;

/** The shapes of every operation of {@link ExpertOperations}; see {@link OperationShapes}. */
public final class ExpertShapes {
  private ExpertShapes() {}

  // ---- router -------------------------------------------------------------------------------

  /** {@link ExpertOperations#stackRows}. */
  public static void stackRows(List<Tensor> rows, Tensor out) {
    out.requireShape("stackRows: out", -1, -1);
    each("stackRows: rows", rows, out.dim(0), out.dim(1));
  }

  /** {@link ExpertOperations#unstackRows}. */
  public static void unstackRows(Tensor dOut, List<Tensor> dRows) {
    dOut.requireShape("unstackRows: dOut", -1, -1);
    each("unstackRows: dRows", dRows, dOut.dim(0), dOut.dim(1));
  }

  /** {@link ExpertOperations#topK}. */
  public static void topK(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor activations,
      Tensor experts,
      Tensor gates) {
    scores.requireShape("topK: scores", -1, -1);
    bias.requireShape("topK: bias", scores.dim(1));
    families.requireInts("topK: families", scores.dim(1));
    activations.requireShape("topK: activations", scores.dim(1));
    experts.requireInts("topK: experts", scores.dim(0), -1);
    gates.requireShape("topK: gates", scores.dim(0), experts.dim(1));
    selectable("topK", experts.dim(1), scores.dim(1));
  }

  /** {@link ExpertOperations#topKBackward}. */
  public static void topKBackward(
      Tensor scores,
      Tensor activations,
      Tensor experts,
      Tensor gates,
      Tensor dGates,
      Tensor dScores) {
    scores.requireShape("topKBackward: scores", -1, -1);
    activations.requireShape("topKBackward: activations", scores.dim(1));
    experts.requireInts("topKBackward: experts", scores.dim(0), -1);
    gates.requireShape("topKBackward: gates", scores.dim(0), experts.dim(1));
    same("topKBackward: dGates", dGates, gates);
    same("topKBackward: dScores", dScores, scores);
    selectable("topKBackward", experts.dim(1), scores.dim(1));
  }

  /** {@link ExpertOperations#routerMargins}. */
  public static void routerMargins(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor segments,
      int expert,
      int topK,
      Tensor margins) {
    scores.requireShape("routerMargins: scores", -1, -1);
    bias.requireShape("routerMargins: bias", scores.dim(1));
    families.requireInts("routerMargins: families", scores.dim(1));
    perToken("routerMargins: segments", segments, scores.dim(0));
    margins.requireShape("routerMargins: margins", scores.dim(0));
    selectable("routerMargins", topK, scores.dim(1));
    if (expert < 0 || expert >= scores.dim(1)) {
      throw new IllegalArgumentException(
          "routerMargins: expert %s is not in [0, %s)".formatted(expert, scores.dim(1)));
    }
  }

  /** {@link ExpertOperations#routerLosses}. */
  public static void routerLosses(Tensor scores, Tensor offsets, Tensor segments, Tensor losses) {
    scores.requireShape("routerLosses: scores", -1, -1);
    offsets.requireInts("routerLosses: offsets", scores.dim(1) + 1);
    perToken("routerLosses: segments", segments, scores.dim(0));
    losses.requireShape("routerLosses: losses", 2);
  }

  /** {@link ExpertOperations#routerLossesBackward}. */
  public static void routerLossesBackward(
      Tensor scores, Tensor offsets, Tensor segments, Tensor dScores) {
    scores.requireShape("routerLossesBackward: scores", -1, -1);
    offsets.requireInts("routerLossesBackward: offsets", scores.dim(1) + 1);
    perToken("routerLossesBackward: segments", segments, scores.dim(0));
    same("routerLossesBackward: dScores", dScores, scores);
  }

  /** {@link ExpertOperations#updateBalanceBias}. */
  public static void updateBalanceBias(Tensor counts, Tensor targets, Tensor rates, Tensor bias) {
    counts.requireInts("updateBalanceBias: counts", -1);
    targets.requireShape("updateBalanceBias: targets", counts.dim(0));
    rates.requireShape("updateBalanceBias: rates", counts.dim(0));
    bias.requireShape("updateBalanceBias: bias", counts.dim(0));
  }

  // ---- experts and the way to them ---------------------------------------------------------

  /** {@link ExpertOperations#sortByExpert}. */
  public static void sortByExpert(
      Tensor experts, Tensor segments, Tensor offsets, Tensor slotOfRow, Tensor rowOfSlot) {
    experts.requireInts("sortByExpert: experts", -1, -1);
    perToken("sortByExpert: segments", segments, experts.dim(0));
    offsets("sortByExpert: offsets", offsets);
    slotOfRow.requireInts("sortByExpert: slotOfRow", experts.elements());
    rowOfSlot.requireInts("sortByExpert: rowOfSlot", experts.dim(0), experts.dim(1));
  }

  /** {@link ExpertOperations#dispatch}. */
  public static void dispatch(Tensor x, Tensor offsets, Tensor slotOfRow, Tensor out) {
    x.requireShape("dispatch: x", -1, -1);
    offsets("dispatch: offsets", offsets);
    slotOfRow.requireInts("dispatch: slotOfRow", -1);
    out.requireShape("dispatch: out", slotOfRow.dim(0), x.dim(1));
    int tokens = x.dim(0);
    int slots = slotOfRow.dim(0);
    if (!(tokens == 0 ? slots == 0 : slots >= tokens && slots % tokens == 0)) {
      throw new IllegalArgumentException(
          "dispatch: %s slots are no multiple of %s tokens".formatted(slots, tokens));
    }
  }

  /** {@link ExpertOperations#dispatchBackward}. */
  public static void dispatchBackward(Tensor dOut, Tensor rowOfSlot, Tensor dX) {
    rowOfSlot.requireInts("dispatchBackward: rowOfSlot", -1, -1);
    dX.requireShape("dispatchBackward: dX", rowOfSlot.dim(0), -1);
    dOut.requireShape("dispatchBackward: dOut", rowOfSlot.elements(), dX.dim(1));
  }

  /** {@link ExpertOperations#groupedLinear}. */
  public static void groupedLinear(
      Tensor x, Tensor offsets, List<Tensor> weights, List<Tensor> biases, Tensor out) {
    x.requireShape("groupedLinear: x", -1, -1);
    int experts = offsets("groupedLinear: offsets", offsets);
    out.requireShape("groupedLinear: out", x.dim(0), -1);
    each("groupedLinear: weights", weights, experts, out.dim(1), x.dim(1));
    each("groupedLinear: biases", biases, experts, out.dim(1));
  }

  /** {@link ExpertOperations#groupedLinearBackwardInput}. */
  public static void groupedLinearBackwardInput(
      Tensor dOut, Tensor offsets, List<Tensor> weights, Tensor dX) {
    dOut.requireShape("groupedLinearBackwardInput: dOut", -1, -1);
    int experts = offsets("groupedLinearBackwardInput: offsets", offsets);
    dX.requireShape("groupedLinearBackwardInput: dX", dOut.dim(0), -1);
    each("groupedLinearBackwardInput: weights", weights, experts, dOut.dim(1), dX.dim(1));
  }

  /** {@link ExpertOperations#groupedLinearBackwardParameters}. */
  public static void groupedLinearBackwardParameters(
      Tensor x, Tensor dOut, Tensor offsets, List<Tensor> dWeights, List<Tensor> dBiases) {
    x.requireShape("groupedLinearBackwardParameters: x", -1, -1);
    dOut.requireShape("groupedLinearBackwardParameters: dOut", x.dim(0), -1);
    int experts = offsets("groupedLinearBackwardParameters: offsets", offsets);
    each("groupedLinearBackwardParameters: dWeights", dWeights, experts, dOut.dim(1), x.dim(1));
    each("groupedLinearBackwardParameters: dBiases", dBiases, experts, dOut.dim(1));
  }

  /** {@link ExpertOperations#combine}. */
  public static void combine(Tensor y, Tensor gates, Tensor rowOfSlot, Tensor out) {
    gates.requireShape("combine: gates", -1, -1);
    rowOfSlot.requireInts("combine: rowOfSlot", gates.dim(0), gates.dim(1));
    y.requireShape("combine: y", gates.elements(), -1);
    out.requireShape("combine: out", gates.dim(0), y.dim(1));
  }

  /** {@link ExpertOperations#combineBackward}. */
  public static void combineBackward(
      Tensor y, Tensor gates, Tensor rowOfSlot, Tensor dOut, Tensor dY, Tensor dGates) {
    gates.requireShape("combineBackward: gates", -1, -1);
    rowOfSlot.requireInts("combineBackward: rowOfSlot", gates.dim(0), gates.dim(1));
    y.requireShape("combineBackward: y", gates.elements(), -1);
    dOut.requireShape("combineBackward: dOut", gates.dim(0), y.dim(1));
    same("combineBackward: dY", dY, y);
    same("combineBackward: dGates", dGates, gates);
  }

  // ---- statistics of a step -----------------------------------------------------------------

  /** {@link ExpertOperations#expertUtility}. */
  public static void expertUtility(
      Tensor y, Tensor gates, Tensor offsets, Tensor slotOfRow, Tensor utility) {
    gates.requireShape("expertUtility: gates", -1, -1);
    y.requireShape("expertUtility: y", gates.elements(), -1);
    int experts = offsets("expertUtility: offsets", offsets);
    slotOfRow.requireInts("expertUtility: slotOfRow", gates.elements());
    utility.requireShape("expertUtility: utility", experts);
  }

  /** {@link ExpertOperations#expertSums}. */
  public static void expertSums(Tensor y, Tensor offsets, Tensor sums) {
    y.requireShape("expertSums: y", -1, -1);
    int experts = offsets("expertSums: offsets", offsets);
    sums.requireShape("expertSums: sums", experts, y.dim(1));
  }

  /** {@link ExpertOperations#alignment}. */
  public static void alignment(Tensor x, Tensor y, Tensor segments, Tensor out) {
    x.requireShape("alignment: x", -1, -1);
    same("alignment: y", y, x);
    perToken("alignment: segments", segments, x.dim(0));
    out.requireShape("alignment: out", 3);
  }

  // ---- what they share ----------------------------------------------------------------------

  private static void selectable(String operation, int k, int experts) {
    if (k < 1 || k > experts) {
      throw new IllegalArgumentException(
          "%s: %s of %s experts cannot be selected".formatted(operation, k, experts));
    }
  }

  private static void perToken(String name, Tensor tensor, int tokens) {
    if (tensor.type() != DType.I32 || tensor.elements() != tokens) {
      throw new ShapeMismatchException(
          "%s is %s %s, should be I32 of %d elements"
              .formatted(name, tensor.type(), tensor.shape(), tokens));
    }
  }

  /** The number of experts whose rows these offsets delimit. */
  private static int offsets(String name, Tensor offsets) {
    offsets.requireInts(name, -1);
    if (offsets.dim(0) < 2) {
      throw new IllegalArgumentException(
          "%s has %s elements, should have one more than experts".formatted(name, offsets.dim(0)));
    }
    return offsets.dim(0) - 1;
  }

  private static void each(String name, List<Tensor> tensors, int count, int... dims) {
    if (tensors.size() != count) {
      throw new IllegalArgumentException(
          "%s has %s tensors, should have one for each of %s experts"
              .formatted(name, tensors.size(), count));
    }
    Shape wanted = Shape.of(dims);
    for (int e = 0; e < count; e++) {
      Tensor tensor = tensors.get(e);
      if (tensor.type() != DType.F32 || !tensor.shape().equals(wanted)) {
        tensor.requireShape(name + "[" + e + "]", dims);
      }
    }
  }
}
