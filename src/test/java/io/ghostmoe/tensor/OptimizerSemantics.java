package io.ghostmoe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.tensor.Backend.AdamWStep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Clipping and AdamW against an implementation that shares nothing with a backend. */
interface OptimizerSemantics {
  /** A new backend; the test closes it. */
  Backend backend();

  @Test
  default void theNormOfSeveralTensorsIsTheRootOfAllSquares() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor out = host.output(1);
      backend.norm(
          List.of(host.floats(new float[] {1, -2}, 2), host.floats(new float[] {4, 10, 0}, 1, 3)),
          out);
      assertThat(host.read(out)).containsExactly(11);
      backend.norm(List.of(), out);
      assertThat(host.read(out)).containsExactly(0);
    }
  }

  @Test
  default void tenStepsFollowLoshchilovAndHutter() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      int size = 37;
      Draws draws = new Draws(1);
      float[] start = draws.signed(size);
      double[] theta = new double[size];
      double[] m = new double[size];
      double[] v = new double[size];
      for (int i = 0; i < size; i++) {
        theta[i] = start[i];
      }
      Tensor value = host.floats(start, size);
      Tensor first = host.filled(0, size);
      Tensor second = host.filled(0, size);
      Tensor norm = host.output(1);
      for (int t = 1; t <= 10; t++) {
        float[] g = draws.signed(size);
        Tensor gradient = host.floats(g, size);
        backend.norm(List.of(gradient), norm);
        AdamWStep step = new AdamWStep(0.01f, 0.9f, 0.95f, 1e-8f, 0.1f, t, 1);
        update(backend, step, norm, value, gradient, first, second);
        reference(t, g, theta, m, v);
        assertThat(Host.allZero(host.read(gradient))).isTrue();
      }
      // ten steps of at most 12 roundings of values around 1, and moments of terms below 1
      float[] got = host.read(value);
      for (int i = 0; i < size; i++) {
        assertThat((double) got[i]).isCloseTo(theta[i], within(10 * 12 * 0x1p-24));
        assertThat((double) host.read(first)[i]).isCloseTo(m[i], within(10 * 6 * 0x1p-24));
        assertThat((double) host.read(second)[i]).isCloseTo(v[i], within(10 * 8 * 0x1p-24));
      }
    }
  }

  private static void update(
      Backend backend,
      AdamWStep step,
      Tensor norm,
      Tensor value,
      Tensor gradient,
      Tensor m,
      Tensor v) {
    backend.adamW(List.of(step), norm, List.of(value), List.of(gradient), List.of(m), List.of(v));
  }

  @Test
  default void parametersUpdatedTogetherBecomeWhatTheyBecomeOneByOne() {
    int[] sizes = {1, 16_384, 0, 33, 40_001, 7};
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor norm = host.filled(3, 1);
      List<AdamWStep> steps = new ArrayList<>();
      List<List<Tensor>> together = operands(host, sizes);
      List<List<Tensor>> alone = operands(host, sizes);
      for (int i = 0; i < sizes.length; i++) {
        AdamWStep step =
            new AdamWStep(.01f * i, .9f - .1f * i, .95f, 1e-8f * (i + 1), .1f * i, i + 1, 1 + i);
        steps.add(step);
        update(
            backend,
            step,
            norm,
            alone.get(0).get(i),
            alone.get(1).get(i),
            alone.get(2).get(i),
            alone.get(3).get(i));
      }
      backend.adamW(
          steps, norm, together.get(0), together.get(1), together.get(2), together.get(3));
      for (int part = 0; part < together.size(); part++) {
        for (int i = 0; i < sizes.length; i++) {
          assertThat(host.read(together.get(part).get(i)))
              .containsExactly(host.read(alone.get(part).get(i)));
        }
      }
    }
  }

  /** Values, gradients and both moments of parameters of these sizes; every call's are the same. */
  private static List<List<Tensor>> operands(Host host, int... sizes) {
    List<Tensor> second = Arrays.stream(sizes).mapToObj(size -> host.filled(.5f, size)).toList();
    return List.of(drawn(host, sizes), drawn(host, sizes), drawn(host, sizes), second);
  }

  private static List<Tensor> drawn(Host host, int... sizes) {
    return Arrays.stream(sizes)
        .mapToObj(size -> host.floats(new Draws(size).signed(size), size))
        .toList();
  }

  @Test
  default void listsOfDifferentLengthsAreRefused() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      AdamWStep step = new AdamWStep(0.5f, 0.9f, 0.95f, 1e-8f, 0.25f, 1, 1);
      List<Tensor> one = List.of(host.filled(0, 3));
      assertThatThrownBy(
              () -> backend.adamW(List.of(step), host.filled(1, 1), one, one, List.of(), one))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "adamW: 1 steps, 1 values, 1 gradients, 0 first and 1 second moments");
    }
  }

  /** Algorithm 2, line by line, with the clipping of the norm to 1 before. */
  private static void reference(int t, float[] g, double[] theta, double[] m, double[] v) {
    double squares = 0;
    for (float x : g) {
      squares += (double) x * x;
    }
    double clip = Math.min(1, 1 / (Math.sqrt(squares) + 1e-6));
    // settings are single precision wherever they are used
    double rate = 0.01f;
    double beta1 = 0.9f;
    double beta2 = 0.95f;
    double decay = 0.1f;
    for (int i = 0; i < theta.length; i++) {
      double slope = g[i] * clip;
      m[i] = beta1 * m[i] + (1 - beta1) * slope;
      v[i] = beta2 * v[i] + (1 - beta2) * slope * slope;
      double mHat = m[i] / (1 - Math.pow(beta1, t));
      double vHat = v[i] / (1 - Math.pow(beta2, t));
      theta[i] -= rate * (mHat / (Math.sqrt(vHat) + 1e-8) + decay * theta[i]);
    }
  }

  @Test
  default void withoutAGradientOnlyTheDecayMovesTheValue() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      Tensor value = host.filled(2, 3);
      Tensor norm = host.filled(0, 1);
      AdamWStep step = new AdamWStep(0.5f, 0.9f, 0.95f, 1e-8f, 0.25f, 1, 1);
      update(backend, step, norm, value, host.filled(0, 3), host.filled(0, 3), host.filled(0, 3));
      assertThat(host.read(value)).containsOnly(1.75f);
    }
  }

  @Test
  default void aNormThatIsNotFiniteLeavesEverythingAsItIs() {
    AdamWStep step = new AdamWStep(0.1f, 0.9f, 0.95f, 1e-8f, 0.1f, 3, 1);
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      float[] bad = {Float.NaN, Float.POSITIVE_INFINITY};
      for (float total : bad) {
        Draws draws = new Draws(2);
        float[][] before = {draws.signed(33), draws.signed(33), draws.signed(33)};
        Tensor value = host.floats(before[0], 33);
        Tensor gradient = host.floats(before[1], 33);
        Tensor m = host.floats(before[2], 33);
        Tensor v = host.filled(0.25f, 33);
        update(backend, step, host.filled(total, 1), value, gradient, m, v);
        assertThat(host.read(value)).containsExactly(before[0]);
        assertThat(host.read(gradient)).containsExactly(before[1]);
        assertThat(host.read(m)).containsExactly(before[2]);
        assertThat(host.read(v)).containsOnly(0.25f);
      }
    }
  }
}
