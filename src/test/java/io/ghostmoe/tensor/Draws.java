package io.ghostmoe.tensor;

import io.ghostmoe.base.CounterRandom;
import java.util.Arrays;

/** Reproducible inputs of tests; every call gives the next, independent draw. */
public final class Draws {
  private final long seed;
  private long calls;

  /** All draws follow from the seed. */
  public Draws(long seed) {
    this.seed = seed;
  }

  /** Signed, uniform in (−0.99, 0.99), with significands whose sums and products need rounding. */
  public float[] signed(int count) {
    long key = CounterRandom.key(seed, calls++);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (0.987654321 * (2 * CounterRandom.uniform(key, i) - 1));
    }
    return values;
  }

  /** As {@link #signed}, as doubles. */
  public double[] signedDoubles(int count) {
    float[] values = signed(count);
    double[] wide = new double[count];
    Arrays.setAll(wide, i -> values[i]);
    return wide;
  }

  /** Integers in [0, bound). */
  public int[] below(int bound, int count) {
    long key = CounterRandom.key(seed, calls++);
    int[] values = new int[count];
    Arrays.setAll(values, i -> CounterRandom.below(key, i, bound));
    return values;
  }

  /** A permutation of 0 … count−1 (Fisher and Yates). */
  public int[] permutation(int count) {
    long key = CounterRandom.key(seed, calls++);
    int[] values = new int[count];
    Arrays.setAll(values, i -> i);
    for (int i = count - 1; i > 0; i--) {
      int j = CounterRandom.below(key, i, i + 1);
      int swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
    return values;
  }
}
