package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Tensor;
import org.junit.jupiter.api.Test;

class RouterGradientTest {
  private static final int TOKENS = 6;
  private static final int AWAKE = 5;

  private final Doubles doubles = new Doubles(13);
  private final ScalarBackend backend = doubles.backend();

  @Test
  void theGateOfASingleExpertHasTheGradientOfTheFullSoftmax() {
    checkGates(1);
  }

  @Test
  void theGatesOfSeveralExpertsHaveTheGradientOfTheirSoftmax() {
    checkGates(3);
  }

  @Test
  void theGatesOfAllExpertsHaveTheGradientOfTheFullSoftmax() {
    checkGates(AWAKE);
  }

  private void checkGates(int k) {
    Tensor scores = separatedScores();
    Tensor bias = doubles.drawn(AWAKE);
    Tensor families = doubles.ints(new int[] {0, 1, 2, 3, 4}, AWAKE);
    Tensor activations = doubles.of(new double[] {1, 1, 1, 1, 1}, AWAKE);
    Tensor experts = doubles.ints(new int[TOKENS * k], TOKENS, k);
    Tensor gates = doubles.output(TOKENS, k);
    Tensor dGates = doubles.drawn(TOKENS, k);
    Tensor dScores = doubles.output(TOKENS, AWAKE);
    backend.topK(scores, bias, families, activations, experts, gates);
    backend.topKBackward(scores, activations, experts, gates, dGates, dScores);
    doubles.check(
        "scores",
        scores,
        dScores,
        () -> {
          backend.topK(scores, bias, families, activations, experts, gates);
          return doubles.weighted(gates, dGates);
        });
  }

  /** Scores so far apart that neither the step of a difference nor a tie changes the selection. */
  private Tensor separatedScores() {
    double[] scores = new double[TOKENS * AWAKE];
    for (int n = 0; n < TOKENS; n++) {
      int[] order = doubles.draws().permutation(AWAKE);
      for (int e = 0; e < AWAKE; e++) {
        scores[n * AWAKE + e] = 0.37 * order[e] - 0.7;
      }
    }
    return doubles.of(scores, TOKENS, AWAKE);
  }

  @Test
  void routerLossesBackwardIsTheDerivativeAtConstantShares() {
    Tensor scores = doubles.drawn(TOKENS, AWAKE);
    // four tokens are counted, two slots each; expert 2 has none
    Tensor offsets = doubles.ints(new int[] {0, 3, 4, 4, 7, 8}, AWAKE + 1);
    Tensor segments = doubles.ints(new int[] {0, -1, 1, 1, -1, 2}, TOKENS);
    Tensor losses = doubles.output(2);
    Tensor weights = doubles.of(new double[] {0.75, 0.5}, 2);
    Tensor dScores = doubles.zeros(TOKENS, AWAKE);
    backend.routerLossesBackward(scores, offsets, segments, 0.75f, 0.5f, dScores);
    doubles.check(
        "scores",
        scores,
        dScores,
        () -> {
          backend.routerLosses(scores, offsets, segments, losses);
          return doubles.weighted(losses, weights);
        });
  }
}
