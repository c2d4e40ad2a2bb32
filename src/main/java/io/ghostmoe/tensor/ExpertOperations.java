package io.ghostmoe.tensor;

import java.util.List;

/**
 * The operations of a mixture of experts; letters in shapes and the rules that hold for every
 * operation are those of {@link Backend}.
 */
public interface ExpertOperations {

  // ---- router -------------------------------------------------------------------------------

  /** A matrix from its rows: {@code out_e = rows[e]}. Shapes: A rows [C], out [A,C]. */
  void stackRows(List<Tensor> rows, Tensor out);

  /** {@code dRows[e] += dOut_e}: the gradients of {@link #stackRows}, which are parameters'. */
  void unstackRows(Tensor dOut, List<Tensor> dRows);

  /**
   * Top-k selection. Selected are the K largest {@code scores_e + bias_e}, a sum rounded to single
   * precision, so that every backend selects the same; ties go to the lowest index, NaN ranks last;
   * in descending order. Experts of one family share at most one slot of a token: the best of them
   * stays, and the next best of another family takes the slot that its relative leaves.
   *
   * <p>The gate is the softmax of the unbiased scores over the selected; for K = 1 over all A, or
   * the router would get no gradient: {@code e^{z_s} / (e^{z_s} + Σ_{e≠s} activation_e·e^{z_e})}
   * for the selected s, so that an expert that has just joined takes no weight from every gate.
   *
   * <p>Shapes: scores [N,A]; bias [A]; families I32 [A], any numbers, at least K of them distinct;
   * activations [A] in (0, 1], used for K = 1 only; experts I32 [N,K]; gates [N,K]. Errors: {@link
   * IllegalArgumentException} on the CPU for fewer families, and for an activation out of its range
   * whatever K is. Source: GHOSTS.md; the selection-only bias is Wang et al. 2024, eq. 2.
   */
  void topK(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor activations,
      Tensor experts,
      Tensor gates);

  /** {@code dScores} [N,A] of {@link #topK}, assigned; the selection itself is constant. */
  void topKBackward(
      Tensor scores,
      Tensor activations,
      Tensor experts,
      Tensor gates,
      Tensor dGates,
      Tensor dScores);

  /**
   * How far expert g is from a slot of each token: {@code margins_n = z_g − rival}, with z_g its
   * score without its bias, which is not looked at, so that {@link #topK} selects g where {@code
   * margins_n + bias_g > 0}, ties aside. The rival is the score + bias that g must beat, rounded as
   * there: the larger of the best of g's relatives and the {@code topK}-th best among the best of
   * every other family. Infinite where there is neither, NaN for padding. Not differentiable.
   * Shapes: scores [N,A], bias [A], families I32 [A], segments I32 of N elements, margins [N].
   * Source: GHOSTS.md, "A ramp that is one".
   *
   * @param expert g, in [0, A)
   * @param topK K, in [1, A]; there may be fewer families
   */
  void routerMargins(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor segments,
      int expert,
      int topK,
      Tensor margins);

  /**
   * The two auxiliary losses of a router, unweighted, over the tokens that are not padding: {@code
   * losses[0] = A·Σ_e f_e·P_e} with f_e the share of slots and P_e the mean softmax probability
   * (Fedus et al. 2021, eq. 4), {@code losses[1] = mean (ln Σ_e exp z_e)²} (Zoph et al. 2022, eq.
   * 5). Both 0 where all is padding. Shapes: scores [N,A], offsets I32 [A+1] of {@link
   * #sortByExpert}, segments I32 of N elements, losses [2].
   */
  void routerLosses(Tensor scores, Tensor offsets, Tensor segments, Tensor losses);

  /**
   * {@code dScores += balanceWeight·∂losses[0] + zWeight·∂losses[1]}; f_e is a constant of the
   * first.
   */
  void routerLossesBackward(
      Tensor scores,
      Tensor offsets,
      Tensor segments,
      float balanceWeight,
      float zWeight,
      Tensor dScores);

  /**
   * The balance bias's step: {@code bias_e += rates_e·sign(target_e·Σcounts − counts_e)}, the
   * product taken in double and rounded to single precision, so that a third of three counts is
   * one; then the mean of all biases is taken off. Without any count nothing happens. Shapes:
   * counts I32 [A]; targets [A] summing to 1; rates [A], finite and at least 0 ({@link
   * IllegalArgumentException} on the CPU); bias [A]. Source: Wang et al. 2024, algorithm 1.
   */
  void updateBalanceBias(Tensor counts, Tensor targets, Tensor rates, Tensor bias);

  // ---- experts and the way to them ---------------------------------------------------------

  /**
   * Orders the slots by expert, stably. Slot s = n·K + k belongs to token n; slots of padding
   * (segment −1) go nowhere. Shapes: experts I32 [N,K]; segments I32 of N elements; offsets I32
   * [A+1]: expert e owns rows offsets[e] … offsets[e+1]−1 of the sorted order; slotOfRow I32 [S]:
   * undefined from row offsets[A] on; rowOfSlot I32 [N,K]: −1 for padding.
   */
  void sortByExpert(
      Tensor experts, Tensor segments, Tensor offsets, Tensor slotOfRow, Tensor rowOfSlot);

  /**
   * {@code out_r = x_{slotOfRow[r] / K}}. Shapes: x [N,C], offsets I32 [A+1], slotOfRow I32 [S],
   * out [S,C], undefined from row offsets[A] on.
   */
  void dispatch(Tensor x, Tensor offsets, Tensor slotOfRow, Tensor out);

  /**
   * {@code dX_n (+)= Σ_k dOut_{rowOfSlot[n,k]}}, in the order of k, padding 0. Shapes: dOut [S,C],
   * rowOfSlot I32 [N,K], dX [N,C].
   */
  void dispatchBackward(Tensor dOut, Tensor rowOfSlot, boolean accumulate, Tensor dX);

  /**
   * Each expert's dense layer on its own rows: {@code out_r = x_r·weights[e]ᵀ + biases[e]} for r in
   * expert e's range. Shapes: x [S,I], offsets I32 [A+1], A weights [O,I], A biases [O], out [S,O],
   * undefined from row offsets[A] on. Source: Gale et al. 2022 (MegaBlocks), dropless.
   */
  void groupedLinear(
      Tensor x, Tensor offsets, List<Tensor> weights, List<Tensor> biases, Tensor out);

  /** {@code dX_r = dOut_r·weights[e]}, undefined from row offsets[A] on. */
  void groupedLinearBackwardInput(Tensor dOut, Tensor offsets, List<Tensor> weights, Tensor dX);

  /** {@code dWeights[e] += dOut_eᵀ·x_e}, {@code dBiases[e] += Σ dOut_e} over expert e's rows. */
  void groupedLinearBackwardParameters(
      Tensor x, Tensor dOut, Tensor offsets, List<Tensor> dWeights, List<Tensor> dBiases);

  /**
   * {@code out_n = Σ_k gates[n,k]·y_{rowOfSlot[n,k]}}, in the order of k; 0 for padding. Shapes: y
   * [S,C], gates [N,K], rowOfSlot I32 [N,K], out [N,C].
   */
  void combine(Tensor y, Tensor gates, Tensor rowOfSlot, Tensor out);

  /**
   * {@code dY_r = gates[n,k]·dOut_n}, {@code dGates[n,k] = ⟨y_r, dOut_n⟩} with r = rowOfSlot[n,k];
   * dGates is 0 for padding, rows of dY that belong to no slot are undefined.
   */
  void combineBackward(
      Tensor y, Tensor gates, Tensor rowOfSlot, Tensor dOut, Tensor dY, Tensor dGates);

  // ---- statistics of a step -----------------------------------------------------------------

  /**
   * What each expert contributes: {@code utility_e = Σ_r gates[slotOfRow[r]]·‖y_r‖₂} over expert
   * e's rows, summed in double; 0 without rows. Shapes: y [S,C], gates [N,K], offsets I32 [A+1],
   * slotOfRow I32 [S], utility [A].
   */
  void expertUtility(Tensor y, Tensor gates, Tensor offsets, Tensor slotOfRow, Tensor utility);

  /**
   * {@code sums_e = Σ_r y_r} over expert e's rows, summed in double; 0 without rows. Shapes: y
   * [S,C], offsets I32 [A+1], sums [A,C].
   */
  void expertSums(Tensor y, Tensor offsets, Tensor sums);

  /**
   * {@code out = (Σ⟨x_n,y_n⟩, Σ‖x_n‖², Σ‖y_n‖²)} over the tokens that are not padding, summed in
   * double. Shapes: x and y [N,C], segments I32 of N elements, out [3].
   */
  void alignment(Tensor x, Tensor y, Tensor segments, Tensor out);
}
