package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.ScalarBuffer.ints;
import static io.ghostmoe.tensor.cpu.ScalarBuffer.reals;

import io.ghostmoe.tensor.ExpertShapes;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBuffer.Reals;

/** Selection of experts, the router's auxiliary losses, the balance bias. */
final class ScalarRouter {
  private ScalarRouter() {}

  static void topK(Tensor scores, Tensor bias, Tensor experts, Tensor gates) {
    ExpertShapes.topK(scores, bias, experts, gates);
    int awake = scores.dim(1);
    int k = experts.dim(1);
    float[] biased = new float[awake];
    for (int n = 0; n < scores.dim(0); n++) {
      double[] row = row(scores, n);
      for (int e = 0; e < awake; e++) {
        biased[e] = (float) (row[e] + reals(bias).get(e));
      }
      int[] selected = select(biased, k);
      double[] probabilities = k == 1 ? row : pick(row, selected);
      ScalarSoftmax.softmax(probabilities);
      for (int i = 0; i < k; i++) {
        ints(experts)[n * k + i] = selected[i];
        reals(gates).set(n * k + i, probabilities[k == 1 ? selected[0] : i]);
      }
    }
  }

  /** The indices of the k largest values, in descending order. */
  private static int[] select(float[] values, int k) {
    boolean[] taken = new boolean[values.length];
    int[] selected = new int[k];
    for (int i = 0; i < k; i++) {
      int best = -1;
      for (int e = 0; e < values.length; e++) {
        if (!taken[e] && (best == -1 || ranksAbove(values[e], values[best]))) {
          best = e;
        }
      }
      taken[best] = true;
      selected[i] = best;
    }
    return selected;
  }

  private static boolean ranksAbove(float a, float b) {
    return a > b || (Float.isNaN(b) && !Float.isNaN(a));
  }

  static void topKBackward(
      Tensor scores, Tensor experts, Tensor gates, Tensor dGates, Tensor dScores) {
    ExpertShapes.topKBackward(scores, experts, gates, dGates, dScores);
    int awake = scores.dim(1);
    int k = experts.dim(1);
    IndexChecks.experts("topKBackward", ints(experts), experts.elements(), awake);
    for (int n = 0; n < scores.dim(0); n++) {
      for (int e = 0; e < awake; e++) {
        reals(dScores).set(n * awake + e, 0);
      }
      if (k == 1) {
        fullSoftmaxBackward(scores, ints(experts)[n], reals(dGates).get(n), n, reals(dScores));
      } else {
        selectedSoftmaxBackward(ints(experts), reals(gates), reals(dGates), n, k, dScores);
      }
    }
  }

  private static void fullSoftmaxBackward(
      Tensor scores, int selected, double dGate, int n, Reals dScores) {
    double[] row = row(scores, n);
    ScalarSoftmax.softmax(row);
    for (int e = 0; e < row.length; e++) {
      double identity = e == selected ? 1 : 0;
      dScores.set(n * row.length + e, dGate * row[selected] * (identity - row[e]));
    }
  }

  private static void selectedSoftmaxBackward(
      int[] experts, Reals gates, Reals dGates, int n, int k, Tensor dScores) {
    double mean = 0;
    for (int i = n * k; i < (n + 1) * k; i++) {
      mean += gates.get(i) * dGates.get(i);
    }
    for (int i = n * k; i < (n + 1) * k; i++) {
      double slope = gates.get(i) * (dGates.get(i) - mean);
      reals(dScores).set(n * dScores.dim(1) + experts[i], slope);
    }
  }

  static void routerLosses(Tensor scores, Tensor offsets, Tensor segments, Tensor losses) {
    ExpertShapes.routerLosses(scores, offsets, segments, losses);
    checkIntegers("routerLosses", offsets, segments);
    int awake = scores.dim(1);
    double[] probabilities = new double[awake];
    double squares = 0;
    int tokens = 0;
    for (int n = 0; n < scores.dim(0); n++) {
      if (ints(segments)[n] == -1) {
        continue;
      }
      tokens++;
      double[] row = row(scores, n);
      double sum = ScalarSoftmax.logSumExp(row);
      squares += sum * sum;
      ScalarSoftmax.softmax(row);
      for (int e = 0; e < awake; e++) {
        probabilities[e] += row[e];
      }
    }
    double balance = 0;
    for (int e = 0; e < awake && tokens > 0; e++) {
      balance += awake * share(ints(offsets), e) * probabilities[e] / tokens;
    }
    reals(losses).set(0, balance);
    reals(losses).set(1, tokens == 0 ? 0 : squares / tokens);
  }

  static void routerLossesBackward(
      Tensor scores,
      Tensor offsets,
      Tensor segments,
      float balanceWeight,
      float zWeight,
      Tensor dScores) {
    ExpertShapes.routerLossesBackward(scores, offsets, segments, dScores);
    checkIntegers("routerLossesBackward", offsets, segments);
    int awake = scores.dim(1);
    int tokens = 0;
    for (int n = 0; n < scores.dim(0); n++) {
      tokens += ints(segments)[n] == -1 ? 0 : 1;
    }
    for (int n = 0; n < scores.dim(0); n++) {
      if (ints(segments)[n] == -1) {
        continue;
      }
      double[] row = row(scores, n);
      double sum = ScalarSoftmax.logSumExp(row);
      ScalarSoftmax.softmax(row);
      double meanShare = 0;
      for (int e = 0; e < awake; e++) {
        meanShare += share(ints(offsets), e) * row[e];
      }
      for (int e = 0; e < awake; e++) {
        double balance = balanceWeight * awake * (share(ints(offsets), e) - meanShare);
        double slope = row[e] * (balance + zWeight * 2 * sum) / tokens;
        reals(dScores).add(n * awake + e, slope);
      }
    }
  }

  /** Expert {@code e}'s share of all slots. */
  private static double share(int[] offsets, int e) {
    int slots = offsets[offsets.length - 1];
    return slots == 0 ? 0 : (offsets[e + 1] - offsets[e]) / (double) slots;
  }

  private static void checkIntegers(String operation, Tensor offsets, Tensor segments) {
    IndexChecks.segments(operation, ints(segments), segments.elements());
    IndexChecks.offsets(operation, ints(offsets), offsets.dim(0) - 1, Integer.MAX_VALUE);
  }

  static void updateBalanceBias(Tensor counts, Tensor targets, float rate, Tensor bias) {
    ExpertShapes.updateBalanceBias(counts, targets, rate, bias);
    long total = 0;
    for (int count : ints(counts)) {
      total += count;
    }
    if (total == 0) {
      return;
    }
    int awake = counts.dim(0);
    double[] moved = new double[awake];
    double mean = 0;
    for (int e = 0; e < awake; e++) {
      float wanted = (float) (reals(targets).get(e) * total);
      moved[e] = reals(bias).get(e) + rate * Math.signum(wanted - (float) ints(counts)[e]);
      mean += moved[e] / awake;
    }
    for (int e = 0; e < awake; e++) {
      reals(bias).set(e, moved[e] - mean);
    }
  }

  private static double[] row(Tensor x, int n) {
    double[] row = new double[x.dim(1)];
    for (int i = 0; i < row.length; i++) {
      row[i] = reals(x).get(n * row.length + i);
    }
    return row;
  }

  private static double[] pick(double[] values, int[] indices) {
    double[] picked = new double[indices.length];
    for (int i = 0; i < indices.length; i++) {
      picked[i] = values[indices[i]];
    }
    return picked;
  }
}
