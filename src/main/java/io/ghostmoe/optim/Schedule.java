package io.ghostmoe.optim;

/**
 * A learning rate for every step of a run whose length is known. All warm up linearly: step t of w
 * warm-up steps has {@code peak·(t + 1)/w}.
 */
public sealed interface Schedule {

  /** The learning rate of optimizer step {@code step}, from 0; past the end, that of the end. */
  double learningRate(long step);

  /** The largest learning rate. */
  double peak();

  /**
   * Half a cosine from the peak to the floor. Source: Loshchilov and Hutter 2017, eq. 5, one cycle.
   */
  record Cosine(double peak, double floor, long warmup, long steps) implements Schedule {
    /** Refuses a run shorter than its warm-up, and rates that are none. */
    public Cosine {
      requireLength(warmup, steps);
      requireRates(peak, floor);
    }

    @Override
    public double learningRate(long step) {
      if (step < warmup) {
        return warm(peak, step, warmup);
      }
      double progress = Math.min(1, (step - warmup) / (double) Math.max(1, steps - warmup));
      return floor + (peak - floor) / 2 * (1 + StrictMath.cos(StrictMath.PI * progress));
    }
  }

  /** The peak throughout. */
  record Constant(double peak, long warmup, long steps) implements Schedule {
    /** Refuses a run shorter than its warm-up, and a rate that is none. */
    public Constant {
      requireLength(warmup, steps);
      requireRates(peak, 0);
    }

    @Override
    public double learningRate(long step) {
      return step < warmup ? warm(peak, step, warmup) : peak;
    }
  }

  /**
   * Warm-up, stable, decay: the peak, and over the last fifth, or what the warm-up leaves of it, a
   * straight line to the floor. Source: Hu et al. 2024 (MiniCPM); the linear form is Hägele et al.
   * 2024's.
   */
  record WarmupStableDecay(double peak, double floor, long warmup, long steps) implements Schedule {
    /** Refuses a run shorter than its warm-up, and rates that are none. */
    public WarmupStableDecay {
      requireLength(warmup, steps);
      requireRates(peak, floor);
    }

    @Override
    public double learningRate(long step) {
      if (step < warmup) {
        return warm(peak, step, warmup);
      }
      long decay = Math.max(1, Math.min(steps / 5, steps - warmup));
      double left = Math.clamp((steps - step) / (double) decay, 0, 1);
      return floor + (peak - floor) * left;
    }
  }

  private static double warm(double peak, long step, long warmup) {
    return peak * (step + 1) / warmup;
  }

  private static void requireLength(long warmup, long steps) {
    if (steps < 1 || warmup < 0 || warmup > steps) {
      throw new IllegalArgumentException(
          "schedule: %d warm-up steps in a run of %d steps".formatted(warmup, steps));
    }
  }

  private static void requireRates(double peak, double floor) {
    if (!(floor >= 0 && floor <= peak && peak < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "schedule: learning rates from %s to %s".formatted(peak, floor));
    }
  }
}
