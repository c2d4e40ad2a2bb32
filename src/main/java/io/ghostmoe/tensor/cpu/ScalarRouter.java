package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.ScalarBuffer.ints;
import static io.ghostmoe.tensor.cpu.ScalarBuffer.reals;

import io.ghostmoe.tensor.ExpertShapes;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBuffer.Reals;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The router's matrix, selection of experts, the auxiliary losses, the balance bias. */
final class ScalarRouter {
  private ScalarRouter() {}

  static void stackRows(List<Tensor> rows, Tensor out) {
    ExpertShapes.stackRows(rows, out);
    int width = out.dim(1);
    for (int i = 0; i < out.elements(); i++) {
      reals(out).set(i, reals(rows.get(i / width)).get(i % width));
    }
  }

  static void unstackRows(Tensor dOut, List<Tensor> dRows) {
    ExpertShapes.unstackRows(dOut, dRows);
    int width = dOut.dim(1);
    for (int i = 0; i < dOut.elements(); i++) {
      reals(dRows.get(i / width)).add(i % width, reals(dOut).get(i));
    }
  }

  static void topK(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor activations,
      Tensor experts,
      Tensor gates) {
    ExpertShapes.topK(scores, bias, families, activations, experts, gates);
    int k = experts.dim(1);
    IndexChecks.families("topK", ints(families), k);
    IndexChecks.activations("topK", activations.dim(0), reals(activations)::get);
    for (int n = 0; n < scores.dim(0); n++) {
      double[] row = row(scores, n);
      int[] selected = select(biased(row, bias), ints(families), k);
      double[] probabilities =
          k == 1 ? activated(row, activations, selected[0]) : pick(row, selected);
      ScalarSoftmax.softmax(probabilities);
      for (int i = 0; i < k; i++) {
        ints(experts)[n * k + i] = selected[i];
        reals(gates).set(n * k + i, probabilities[k == 1 ? selected[0] : i]);
      }
    }
  }

  /** What selection goes by: score + bias in single precision, whatever the backend's storage. */
  private static float[] biased(double[] scores, Tensor bias) {
    float[] biased = new float[scores.length];
    for (int e = 0; e < biased.length; e++) {
      biased[e] = (float) (scores[e] + reals(bias).get(e));
    }
    return biased;
  }

  /** The indices of the k largest values, one a family, in descending order. */
  private static int[] select(float[] values, int[] families, int k) {
    Set<Integer> taken = new HashSet<>();
    int[] selected = new int[k];
    for (int i = 0; i < k; i++) {
      int best = -1;
      for (int e = 0; e < values.length; e++) {
        if (!taken.contains(families[e]) && (best == -1 || ranksAbove(values[e], values[best]))) {
          best = e;
        }
      }
      taken.add(families[best]);
      selected[i] = best;
    }
    return selected;
  }

  /** Scores whose softmax counts every expert but the selected by its activation. */
  private static double[] activated(double[] scores, Tensor activations, int selected) {
    double[] activated = scores.clone();
    for (int e = 0; e < scores.length; e++) {
      activated[e] += e == selected ? 0 : Math.log(reals(activations).get(e));
    }
    return activated;
  }

  private static boolean ranksAbove(float a, float b) {
    return a > b || (Float.isNaN(b) && !Float.isNaN(a));
  }

  static void topKBackward(
      Tensor scores,
      Tensor activations,
      Tensor experts,
      Tensor gates,
      Tensor dGates,
      Tensor dScores) {
    ExpertShapes.topKBackward(scores, activations, experts, gates, dGates, dScores);
    int awake = scores.dim(1);
    int k = experts.dim(1);
    IndexChecks.experts("topKBackward", ints(experts), experts.elements(), awake);
    IndexChecks.activations("topKBackward", awake, reals(activations)::get);
    for (int n = 0; n < scores.dim(0); n++) {
      for (int e = 0; e < awake; e++) {
        reals(dScores).set(n * awake + e, 0);
      }
      if (k == 1) {
        int selected = ints(experts)[n];
        double[] row = activated(row(scores, n), activations, selected);
        fullSoftmaxBackward(row, selected, reals(dGates).get(n), n, reals(dScores));
      } else {
        selectedSoftmaxBackward(ints(experts), reals(gates), reals(dGates), n, k, dScores);
      }
    }
  }

  private static void fullSoftmaxBackward(
      double[] row, int selected, double dGate, int n, Reals dScores) {
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

  static void routerMargins(
      Tensor scores,
      Tensor bias,
      Tensor families,
      Tensor segments,
      int expert,
      int topK,
      Tensor margins) {
    ExpertShapes.routerMargins(scores, bias, families, segments, expert, topK, margins);
    IndexChecks.segments("routerMargins", ints(segments), segments.elements());
    for (int n = 0; n < scores.dim(0); n++) {
      double[] row = row(scores, n);
      float rival = rival(biased(row, bias), ints(families), expert, topK);
      boolean padding = ints(segments)[n] == -1;
      reals(margins).set(n, padding ? Double.NaN : row[expert] - rival);
    }
  }

  /** What {@code expert} must exceed to be among the k best, one a family. */
  private static float rival(float[] values, int[] families, int expert, int k) {
    Map<Integer, Float> bests = new HashMap<>();
    for (int e = 0; e < values.length; e++) {
      if (e != expert) {
        float value = Float.isNaN(values[e]) ? Float.NEGATIVE_INFINITY : values[e];
        bests.merge(families[e], value, Math::max);
      }
    }
    Float relative = bests.remove(families[expert]);
    List<Float> others = bests.values().stream().sorted(Comparator.reverseOrder()).toList();
    float last = others.size() < k ? Float.NEGATIVE_INFINITY : others.get(k - 1);
    return relative == null ? last : Math.max(relative, last);
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

  static void updateBalanceBias(Tensor counts, Tensor targets, Tensor rates, Tensor bias) {
    ExpertShapes.updateBalanceBias(counts, targets, rates, bias);
    IndexChecks.rates("updateBalanceBias", rates.dim(0), reals(rates)::get);
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
      double step = reals(rates).get(e) * Math.signum(wanted - (float) ints(counts)[e]);
      moved[e] = reals(bias).get(e) + step;
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
