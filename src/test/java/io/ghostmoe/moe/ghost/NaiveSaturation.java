package io.ghostmoe.moe.ghost;

import java.util.ArrayList;
import java.util.List;

/**
 * The formula of GHOSTS.md over full histories: {@code (1 − ρ)·min(H(f), H(q))}, the entropies over
 * the settled experts. Steps t count from 1, and an expert has no load and no gradient in a step
 * before its wake.
 */
final class NaiveSaturation {
  private final int w;
  private final List<Double> losses = new ArrayList<>();
  private final List<LayerStatistics> layer = new ArrayList<>();

  NaiveSaturation(int w) {
    this.w = w;
  }

  void add(double loss, LayerStatistics statistics) {
    losses.add(loss);
    layer.add(statistics);
  }

  int steps() {
    return losses.size();
  }

  /** 0 before step 2w. */
  double of(List<Boolean> settled) {
    return steps() < 2 * w ? 0 : (1 - rho()) * evenness(settled);
  }

  private double rho() {
    double largest = Double.NEGATIVE_INFINITY;
    for (int t = 2 * w; t <= steps(); t++) {
      largest = Math.max(largest, p(t));
    }
    return largest <= 0 ? 0 : Math.clamp(p(steps()) / largest, 0, 1);
  }

  private double p(int t) {
    return m(t - w) - m(t);
  }

  private double m(int t) {
    return losses.subList(t - w, t).stream().mapToDouble(Double::doubleValue).sum() / w;
  }

  double evenness(List<Boolean> settled) {
    List<Double> f = new ArrayList<>();
    List<Double> q = new ArrayList<>();
    for (int e = 0; e < settled.size(); e++) {
      if (settled.get(e)) {
        f.add(meanLoad(e));
        q.add(meanNormARow(e));
      }
    }
    return Math.min(entropy(f), entropy(q));
  }

  private List<LayerStatistics> lastSteps() {
    return layer.subList(steps() - w, steps());
  }

  private double meanLoad(int e) {
    double sum = 0;
    for (LayerStatistics step : lastSteps()) {
      long slots = 0;
      for (int count : step.counts()) {
        slots += count;
      }
      sum += e < step.counts().length ? step.counts()[e] / (double) slots : 0;
    }
    return sum / w;
  }

  private double meanNormARow(int e) {
    double sum = 0;
    for (LayerStatistics step : lastSteps()) {
      boolean served = e < step.counts().length && step.counts()[e] > 0;
      sum += served ? step.gradientNorms()[e] / (double) step.counts()[e] : 0;
    }
    return sum / w;
  }

  private static double entropy(List<Double> values) {
    if (values.size() == 1) {
      return 1;
    }
    double total = values.stream().mapToDouble(Double::doubleValue).sum();
    double entropy = 0;
    for (double value : values) {
      double x = value / total;
      entropy -= x > 0 ? x * Math.log(x) : 0;
    }
    return entropy / Math.log(values.size());
  }

  /** The primary of the largest mean utility in the window, the first of equals. */
  int mostUseful(int primaries) {
    int best = 0;
    double most = -1;
    for (int e = 0; e < primaries; e++) {
      double mean = 0;
      for (LayerStatistics step : lastSteps()) {
        mean += step.utilities()[e] / (double) w;
      }
      if (mean > most) {
        best = e;
        most = mean;
      }
    }
    return best;
  }
}
