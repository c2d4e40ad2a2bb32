package io.ghostmoe.moe.ghost;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * How fast the loss still falls, compared with the fastest that it ever fell: {@code m(t)} is the
 * mean loss of the last w steps, {@code p(t) = m(t−w) − m(t)}, {@code P} the largest p so far, and
 * the pace {@code ρ = clamp(p/P, 0, 1)}, 0 where P is not positive.
 */
final class LossTrend {
  private final int window;
  private final Deque<Double> losses; // the last 2w, oldest first
  private double fastest;

  LossTrend(int window, Collection<Double> losses, double fastest) {
    this.window = window;
    this.losses = new ArrayDeque<>(losses);
    this.fastest = fastest;
  }

  void add(double loss) {
    losses.addLast(loss);
    if (losses.size() > 2 * window) {
      losses.removeFirst();
    }
    fastest = Math.max(fastest, progress());
  }

  /** Whether the 2w steps that a pace needs have been seen. */
  boolean known() {
    return losses.size() == 2 * window;
  }

  private double progress() {
    if (!known()) {
      return 0;
    }
    Iterator<Double> next = losses.iterator();
    double before = sum(next);
    return (before - sum(next)) / window;
  }

  private double sum(Iterator<Double> next) {
    double sum = 0;
    for (int i = 0; i < window; i++) {
      sum += next.next();
    }
    return sum;
  }

  double pace() {
    return fastest <= 0 ? 0 : Math.clamp(progress() / fastest, 0, 1);
  }

  List<Double> losses() {
    return List.copyOf(losses);
  }

  double fastest() {
    return fastest;
  }
}
