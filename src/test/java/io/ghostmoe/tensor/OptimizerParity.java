package io.ghostmoe.tensor;

import static io.ghostmoe.tensor.Parity.UNIT;

import io.ghostmoe.tensor.Backend.AdamWStep;
import io.ghostmoe.tensor.Parity.Operand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The gradients' norm and AdamW. */
interface OptimizerParity {
  /** A new backend; the test closes it. */
  Backend backend();

  @Test
  default void normIsSummedInDouble() {
    try (Parity parity = new Parity("norm", backend())) {
      Draws draws = new Draws(1);
      List<Operand> tensors = new ArrayList<>();
      for (int size : AwkwardSizes.ALL) {
        parity.at("%d tensors".formatted(tensors.size() + 1));
        tensors.add(parity.input(draws.signed(size * 33), size, 33));
        Operand out = parity.output(1);
        parity.run(side -> side.backend().norm(side.of(tensors), side.of(out)));
        parity.within(out, 2);
      }
      // single precision would lose the small ones beside the large one, or overflow
      parity.at("far apart");
      float[] apart = new float[100_001];
      Arrays.fill(apart, 1);
      apart[0] = 1e4f;
      Operand x = parity.input(apart, apart.length);
      Operand huge = parity.input(new float[] {1e30f, -1e30f}, 2);
      Operand out = parity.output(1);
      parity.run(side -> side.backend().norm(List.of(side.of(x)), side.of(out)));
      parity.within(out, 2);
      parity.run(side -> side.backend().norm(List.of(side.of(x), side.of(huge)), side.of(out)));
      parity.within(out, 2);
    }
  }

  @Test
  default void adamWMovesValueAndMoments() {
    AdamWStep first = new AdamWStep(1e-3f, 0.9f, 0.999f, 1e-8f, 0, 1, Float.POSITIVE_INFINITY);
    AdamWStep clipped = new AdamWStep(3e-2f, 0.9f, 0.95f, 1e-8f, 0.1f, 7, 1);
    AdamWStep late = new AdamWStep(1e-4f, 0.8f, 0.99f, 1e-6f, 0.01f, 1_000_000_000_000L, 5);
    List<AdamWStep> steps = List.of(first, clipped, late);
    int[] sizes = Arrays.copyOf(AwkwardSizes.ALL, AwkwardSizes.ALL.length + 1);
    sizes[sizes.length - 1] = 40_001; // of several blocks on a GPU
    try (Parity parity = new Parity("adamW", backend())) {
      for (float norm : new float[] {0.3f, 40}) {
        Operand total = parity.input(new float[] {norm}, 1);
        for (int shift = 0; shift < steps.size(); shift++) {
          List<Update> updates = new ArrayList<>();
          for (int i = 0; i < sizes.length; i++) {
            updates.add(Update.of(parity, steps.get((i + shift) % steps.size()), sizes[i]));
          }
          parity.run(side -> update(side, total, updates));
          for (Update update : updates) {
            checkAdamW(parity.at("norm=%s %s".formatted(norm, update.step)), update);
          }
        }
      }
    }
  }

  /** What one parameter's update begins with. */
  record Update(
      AdamWStep step, Operand value, Operand gradient, Operand m, Operand v, double[] before) {
    static Update of(Parity parity, AdamWStep step, int size) {
      Draws draws = new Draws(size);
      float[] second = draws.signed(size);
      for (int i = 0; i < size; i++) {
        second[i] *= second[i];
      }
      Operand value = parity.input(draws.signed(size), size);
      Operand gradient = parity.input(draws.signed(size), size);
      Operand m = parity.input(draws.signed(size), size);
      Operand v = parity.input(second, size);
      return new Update(step, value, gradient, m, v, parity.exact(value));
    }
  }

  private static void update(Parity.Side side, Operand norm, List<Update> updates) {
    side.backend()
        .adamW(
            updates.stream().map(Update::step).toList(),
            side.of(norm),
            updates.stream().map(update -> side.of(update.value)).toList(),
            updates.stream().map(update -> side.of(update.gradient)).toList(),
            updates.stream().map(update -> side.of(update.m)).toList(),
            updates.stream().map(update -> side.of(update.v)).toList());
  }

  private static void checkAdamW(Parity parity, Update update) {
    AdamWStep step = update.step;
    parity.within(update.gradient, i -> 0);
    // run on absolute values, the moments are their own Σ|terms|
    parity.within(update.m, 6);
    parity.within(update.v, 8);
    double[] firstTerms = parity.magnitudes(update.m);
    double[] seconds = parity.exact(update.v);
    double correction1 = 1 - Math.pow(step.beta1(), (double) step.count());
    double correction2 = 1 - Math.pow(step.beta2(), (double) step.count());
    parity.within(
        update.value,
        i -> {
          double root = Math.sqrt(seconds[i] / correction2) + step.epsilon();
          double direction = firstTerms[i] / correction1 / root;
          double decay = step.weightDecay() * Math.abs(update.before[i]);
          double change = step.learningRate() * (direction + decay);
          return UNIT * (2 * Math.abs(update.before[i]) + 16 * change);
        });
  }
}
