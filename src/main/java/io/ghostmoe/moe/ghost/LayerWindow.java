package io.ghostmoe.moe.ghost;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** What one layer did in the last w steps. A row is as long as experts were awake in its step. */
final class LayerWindow {
  /** One step, in single precision, which is what a checkpoint keeps. */
  record Row(float[] shares, float[] sensitivities, float[] utilities, float orthogonality) {}

  private final int window;
  private final Deque<Row> rows; // oldest first

  LayerWindow(int window, List<Row> rows) {
    this.window = window;
    this.rows = new ArrayDeque<>(rows);
  }

  void add(LayerStatistics statistics) {
    rows.addLast(
        new Row(
            statistics.shares(),
            statistics.sensitivities(),
            statistics.utilities().clone(),
            (float) statistics.orthogonality()));
    if (rows.size() > window) {
      rows.removeFirst();
    }
  }

  List<Row> rows() {
    return new ArrayList<>(rows);
  }

  /**
   * {@code min(H(f), H(q))}: how evenly the settled experts are used and learn. A collapsed router
   * gives 0.
   *
   * @param settled [A]: the experts that count, since they are fully awake
   */
  double evenness(boolean[] settled) {
    double[] loads = new double[settled.length];
    double[] sensitivities = new double[settled.length];
    for (Row row : rows) {
      addTo(loads, row.shares);
      addTo(sensitivities, row.sensitivities);
    }
    return Math.min(entropy(loads, settled), entropy(sensitivities, settled));
  }

  private static void addTo(double[] sums, float[] row) {
    for (int e = 0; e < row.length; e++) {
      sums[e] += row[e];
    }
  }

  /** {@code −Σ x ln x / ln n} of the n settled experts' values, normed to sum 1; 1 for n = 1. */
  private static double entropy(double[] values, boolean[] settled) {
    double total = 0;
    int count = 0;
    for (int e = 0; e < values.length; e++) {
      total += settled[e] ? values[e] : 0;
      count += settled[e] ? 1 : 0;
    }
    if (count == 1) {
      return 1;
    }
    double entropy = 0;
    for (int e = 0; e < values.length; e++) {
      if (settled[e] && values[e] > 0) {
        double x = values[e] / total;
        entropy -= x * StrictMath.log(x);
      }
    }
    return Math.clamp(entropy / StrictMath.log(count), 0, 1);
  }

  /** The mean orthogonality. */
  double orthogonality() {
    double sum = 0;
    for (Row row : rows) {
      sum += row.orthogonality;
    }
    return rows.isEmpty() ? 0 : sum / rows.size();
  }

  /** The primary expert whose outputs weighed most; the first where none did. */
  int mostUseful(int primaries) {
    double[] utilities = new double[primaries];
    for (Row row : rows) {
      for (int e = 0; e < primaries; e++) {
        utilities[e] += row.utilities[e];
      }
    }
    int best = 0;
    for (int e = 1; e < primaries; e++) {
      best = utilities[e] > utilities[best] ? e : best;
    }
    return best;
  }
}
