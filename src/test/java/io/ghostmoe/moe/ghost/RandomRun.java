package io.ghostmoe.moe.ghost;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A layer with two ghosts in a run whose loss falls with noise: window, number of primaries and the
 * steps of the wakes are drawn, the first wake with a ramp, the second without.
 */
final class RandomRun {
  private final int window;
  private final int primaries;
  private final int firstWake;
  private final int ramp;
  private final int secondWake;
  private final List<Double> losses = new ArrayList<>();
  private final List<LayerStatistics> statistics = new ArrayList<>();

  RandomRun(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    window = random.nextInt(1, 21);
    primaries = random.nextInt(1, 7);
    firstWake = random.nextInt(3 * window);
    ramp = random.nextInt(1, 2 * window + 2);
    secondWake = firstWake + random.nextInt(1, 2 * window + 1);
    for (int t = 0; t < 8 * window; t++) {
      losses.add(8 * Math.exp(-t / (2.0 * window)) + random.nextDouble(0.1));
      statistics.add(Statistics.random(random, settled(t).size()));
    }
  }

  int window() {
    return window;
  }

  int primaries() {
    return primaries;
  }

  int steps() {
    return losses.size();
  }

  double loss(int t) {
    return losses.get(t);
  }

  LayerStatistics statistics(int t) {
    return statistics.get(t);
  }

  /** Where the ghosts stand in a step. */
  LayerGhosts layer(int t) {
    Ghost first =
        t < firstWake
            ? Ghost.DORMANT
            : new Ghost(Math.min(1, (t - firstWake + 1) / (double) ramp), firstWake, 0);
    Ghost second = t < secondWake ? Ghost.DORMANT : new Ghost(1, secondWake, Ghost.NONE);
    return new LayerGhosts(List.of(first, second), 0, true);
  }

  /** Of each awake expert, whether it is fully awake. */
  List<Boolean> settled(int t) {
    List<Boolean> settled = new ArrayList<>();
    for (int e = 0; e < primaries; e++) {
      settled.add(true);
    }
    if (t >= firstWake) {
      settled.add(t - firstWake + 1 >= ramp);
    }
    if (t >= secondWake) {
      settled.add(true);
    }
    return settled;
  }

  @Override
  public String toString() {
    return "%d primaries, w = %d, wakes at %d (ramp %d) and %d"
        .formatted(primaries, window, firstWake, ramp, secondWake);
  }
}
