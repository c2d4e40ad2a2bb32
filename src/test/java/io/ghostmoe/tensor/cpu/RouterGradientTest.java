package io.ghostmoe.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class RouterGradientTest {
  private static final int TOKENS = 6;
  private static final int AWAKE = 5;

  private final Doubles doubles = new Doubles(13);
  private final ScalarBackend backend = doubles.backend();

  @Test
  void theGateOfASingleExpertHasTheGradientOfTheFullSoftmax() {
    var _ = checkGates(1, new int[] {0, 1, 2, 3, 4}, new double[] {1, 1, 1, 1, 1});
  }

  @Test
  void theGateOfASingleExpertHasTheGradientOfTheWeightedSoftmax() {
    int[] selected = checkGates(1, new int[] {0, 1, 2, 0, 1}, new double[] {1, 1, 1, 0.4, 0.03});
    assertThat(selected).as("primaries and ghosts").contains(2, 4);
  }

  @Test
  void theGatesOfSeveralExpertsHaveTheGradientOfTheirSoftmax() {
    var _ = checkGates(3, new int[] {0, 1, 2, 3, 4}, new double[] {1, 1, 1, 1, 1});
  }

  @Test
  void relativesThatLostTheirSlotHaveNoGradient() {
    var _ = checkGates(3, new int[] {0, 1, 2, 0, 1}, new double[] {1, 1, 1, 0.4, 0.03});
  }

  @Test
  void theGatesOfAllExpertsHaveTheGradientOfTheFullSoftmax() {
    var _ = checkGates(AWAKE, new int[] {0, 1, 2, 3, 4}, new double[] {1, 1, 1, 1, 1});
  }

  private int[] checkGates(int k, int[] families, double[] activations) {
    Tensor scores = separatedScores();
    Tensor bias = doubles.drawn(AWAKE);
    Tensor related = doubles.ints(families, AWAKE);
    Tensor active = doubles.of(activations, AWAKE);
    Tensor experts = doubles.ints(new int[TOKENS * k], TOKENS, k);
    Tensor gates = doubles.output(TOKENS, k);
    Tensor dGates = doubles.drawn(TOKENS, k);
    Tensor dScores = doubles.output(TOKENS, AWAKE);
    backend.topK(scores, bias, related, active, experts, gates);
    backend.topKBackward(scores, active, experts, gates, dGates, dScores);
    doubles.check(
        "scores",
        scores,
        dScores,
        () -> {
          backend.topK(scores, bias, related, active, experts, gates);
          return doubles.weighted(gates, dGates);
        });
    int[] selected = new int[TOKENS * k];
    backend.read(experts, selected);
    return selected;
  }

  @Test
  void unstackRowsIsTheDerivativeOfStackRows() {
    List<Tensor> rows = List.of(doubles.drawn(4), doubles.drawn(4), doubles.drawn(4));
    List<Tensor> dRows = List.of(doubles.zeros(4), doubles.zeros(4), doubles.zeros(4));
    Tensor out = doubles.output(3, 4);
    Tensor dOut = doubles.drawn(3, 4);
    backend.unstackRows(dOut, dRows);
    doubles.checkEach(
        "rows",
        rows,
        dRows,
        () -> {
          backend.stackRows(rows, out);
          return doubles.weighted(out, dOut);
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
