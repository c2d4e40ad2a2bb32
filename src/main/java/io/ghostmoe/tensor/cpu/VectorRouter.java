package io.ghostmoe.tensor.cpu;

import java.util.Arrays;

/**
 * Selection, gates and losses of a router. A handful of numbers a token: plain loops, with
 * StrictMath so that every machine and every compiler gives the same bits.
 */
final class VectorRouter {
  private static final int BLOCK = 256;

  private final WorkerPool pool;

  VectorRouter(WorkerPool pool) {
    this.pool = pool;
  }

  void topK(
      int tokens,
      int topK,
      VectorSelection selection,
      float[] activations,
      int[] experts,
      float[] gates) {
    int awake = selection.awake();
    float[] scores = selection.scores();
    tokens(
        tokens,
        n -> {
          int at = n * awake;
          selection.choose(n, experts, n * topK, n * topK, (n + 1) * topK);
          if (topK == 1) {
            gates[n] = (float) (1 / sumOfExponentials(scores, at, awake, activations, experts[n]));
          } else {
            softmaxOfSelected(topK, scores, at, experts, gates, n * topK);
          }
        });
  }

  private static void softmaxOfSelected(
      int topK, float[] scores, int at, int[] experts, float[] gates, int target) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < topK; k++) {
      max = Math.max(max, scores[at + experts[target + k]]);
    }
    double sum = 0;
    for (int k = 0; k < topK; k++) {
      sum += StrictMath.exp(scores[at + experts[target + k]] - max);
    }
    for (int k = 0; k < topK; k++) {
      gates[target + k] = (float) (StrictMath.exp(scores[at + experts[target + k]] - max) / sum);
    }
  }

  /** Σ_e exp(z_e − reference). */
  private static double sumOfExponentials(float[] scores, int at, int awake, double reference) {
    double sum = 0;
    for (int e = 0; e < awake; e++) {
      sum += StrictMath.exp(scores[at + e] - reference);
    }
    return sum;
  }

  /** Σ_e a_e·exp(z_e − z_s), the selected s counted whole and the others by their activation. */
  private static double sumOfExponentials(
      float[] scores, int at, int awake, float[] activations, int selected) {
    double reference = scores[at + selected];
    double sum = 0;
    for (int e = 0; e < awake; e++) {
      float weight = e == selected ? 1 : activations[e];
      sum += weight * StrictMath.exp(scores[at + e] - reference);
    }
    return sum;
  }

  private static float max(float[] scores, int at, int awake) {
    float max = scores[at];
    for (int e = 1; e < awake; e++) {
      max = Math.max(max, scores[at + e]);
    }
    return max;
  }

  void topKBackward(
      int tokens,
      int awake,
      int topK,
      float[] scores,
      float[] activations,
      int[] experts,
      float[] gates,
      float[] dGates,
      float[] dScores) {
    tokens(
        tokens,
        n -> {
          int at = n * awake;
          if (topK == 1) {
            int selected = experts[n];
            float slope = dGates[n] * gates[n];
            double sum = sumOfExponentials(scores, at, awake, activations, selected);
            for (int e = 0; e < awake; e++) {
              int identity = e == selected ? 1 : 0;
              float weight = e == selected ? 1 : activations[e];
              double p =
                  weight * StrictMath.exp((double) scores[at + e] - scores[at + selected]) / sum;
              dScores[at + e] = (float) (slope * (identity - p));
            }
            return;
          }
          double mean = 0;
          for (int k = n * topK; k < (n + 1) * topK; k++) {
            mean += (double) gates[k] * dGates[k];
          }
          Arrays.fill(dScores, at, at + awake, 0f);
          for (int k = n * topK; k < (n + 1) * topK; k++) {
            dScores[at + experts[k]] = (float) (gates[k] * (dGates[k] - mean));
          }
        });
  }

  void margins(
      int tokens,
      int topK,
      VectorSelection selection,
      int expert,
      int[] segments,
      float[] margins) {
    pool.run(
        blocks(tokens),
        (task, worker) -> {
          int[] scratch = new int[topK + 1];
          int last = Math.min(tokens, (task + 1) * BLOCK);
          for (int n = task * BLOCK; n < last; n++) {
            float score = selection.scores()[n * selection.awake() + expert];
            boolean padding = segments[n] < 0;
            margins[n] = padding ? Float.NaN : score - selection.rival(n, expert, scratch);
          }
        });
  }

  void losses(
      int tokens, int awake, float[] scores, int[] offsets, int[] segments, float[] losses) {
    double[] probabilities = new double[awake];
    double squares = 0;
    int real = 0;
    for (int n = 0; n < tokens; n++) {
      if (segments[n] < 0) {
        continue;
      }
      real++;
      int at = n * awake;
      float max = max(scores, at, awake);
      double sum = sumOfExponentials(scores, at, awake, max);
      for (int e = 0; e < awake; e++) {
        probabilities[e] += StrictMath.exp((double) scores[at + e] - max) / sum;
      }
      double lse = max + StrictMath.log(sum);
      squares += lse * lse;
    }
    double balance = 0;
    for (int e = 0; e < awake && real > 0; e++) {
      balance += awake * share(offsets, e) * probabilities[e] / real;
    }
    losses[0] = (float) balance;
    losses[1] = real == 0 ? 0 : (float) (squares / real);
  }

  void lossesBackward(
      int tokens,
      int awake,
      float[] scores,
      int[] offsets,
      int[] segments,
      float balanceWeight,
      float zWeight,
      float[] dScores) {
    int real = 0;
    for (int n = 0; n < tokens; n++) {
      real += segments[n] < 0 ? 0 : 1;
    }
    int count = real;
    tokens(
        tokens,
        n -> {
          if (segments[n] < 0) {
            return;
          }
          int at = n * awake;
          float max = max(scores, at, awake);
          double sum = sumOfExponentials(scores, at, awake, max);
          double lse = max + StrictMath.log(sum);
          double mean = 0;
          for (int e = 0; e < awake; e++) {
            mean += share(offsets, e) * StrictMath.exp((double) scores[at + e] - max) / sum;
          }
          for (int e = 0; e < awake; e++) {
            double p = StrictMath.exp((double) scores[at + e] - max) / sum;
            double slope =
                balanceWeight * awake * p * (share(offsets, e) - mean) + zWeight * 2 * lse * p;
            dScores[at + e] += (float) (slope / count);
          }
        });
  }

  /** Expert e's share of the slots. */
  private static double share(int[] offsets, int e) {
    return (offsets[e + 1] - offsets[e]) / (double) offsets[offsets.length - 1];
  }

  void updateBias(int[] counts, float[] targets, float[] rates, float[] bias) {
    long total = 0;
    for (int count : counts) {
      total += count;
    }
    if (total == 0) {
      return;
    }
    double mean = 0;
    for (int e = 0; e < bias.length; e++) {
      bias[e] += rates[e] * Math.signum((float) ((double) targets[e] * total) - counts[e]);
      mean += bias[e];
    }
    mean /= bias.length;
    for (int e = 0; e < bias.length; e++) {
      bias[e] = (float) (bias[e] - mean);
    }
  }

  @FunctionalInterface
  private interface Token {
    void run(int n);
  }

  private void tokens(int tokens, Token token) {
    pool.run(
        blocks(tokens),
        (task, worker) -> {
          int last = Math.min(tokens, (task + 1) * BLOCK);
          for (int n = task * BLOCK; n < last; n++) {
            token.run(n);
          }
        });
  }

  private static int blocks(int tokens) {
    return (tokens + BLOCK - 1) / BLOCK;
  }
}
