package io.ghostmoe.tensor.cpu;

/**
 * Which experts get a token's slots: the best by score + bias, one of a family. Plain loops over a
 * handful of numbers a token.
 *
 * @param awake A
 * @param scores [N,A]
 * @param bias [A]
 * @param families [A]
 */
record VectorSelection(int awake, float[] scores, float[] bias, int[] families) {

  /**
   * Fills {@code chosen[from … to−1]} with the best experts of token {@code n}, descending; among
   * equals the lowest index, NaN last. The families of {@code chosen[first … from−1]} have their
   * slot already; −1 where no family is left.
   */
  void choose(int n, int[] chosen, int first, int from, int to) {
    for (int i = from; i < to; i++) {
      int best = -1;
      float most = Float.NaN;
      for (int e = 0; e < awake; e++) {
        float offer = offer(n, e);
        boolean better = best < 0 || offer > most || (Float.isNaN(most) && !Float.isNaN(offer));
        if (better && !served(families[e], chosen, first, i)) {
          best = e;
          most = offer;
        }
      }
      chosen[i] = best;
    }
  }

  private boolean served(int family, int[] chosen, int first, int end) {
    for (int i = first; i < end; i++) {
      if (chosen[i] >= 0 && families[chosen[i]] == family) {
        return true;
      }
    }
    return false;
  }

  private float offer(int n, int e) {
    return scores[n * awake + e] + bias[e];
  }

  /**
   * What {@code expert} must exceed for a slot of token {@code n}: the larger of its best relative
   * and the last of the other families that would get one; −∞ where there is neither.
   *
   * @param chosen scratch memory for K + 1 experts
   */
  float rival(int n, int expert, int[] chosen) {
    chosen[0] = expert;
    choose(n, chosen, 0, 1, chosen.length);
    int last = chosen[chosen.length - 1];
    float most = Float.NEGATIVE_INFINITY;
    for (int e = 0; e < awake; e++) {
      boolean rivals = e == last || (e != expert && families[e] == families[expert]);
      if (rivals && offer(n, e) > most) {
        most = offer(n, e);
      }
    }
    return most;
  }
}
