package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.ScalarBackend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import io.ghostmoe.tensor.cuda.CudaBackend;
import io.ghostmoe.tensor.cuda.CudaFixture;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Whole training steps of a small model of awkward sizes, a ghost waking among them, against the
 * same in double precision: as near to it as the CPU's single precision is, up to a factor.
 */
class TrainingOnCuda {
  private static final int STEPS = 20;
  private static final long WAKE = 5;

  /** How much further a sum in another order may be from double precision than the CPU's. */
  private static final double SLACK = 16;

  /** Below this a difference is rounding, however small the CPU's happened to be. */
  private static final double LEAST = 1e-6;

  /** What a run computed: by name, each value of a tensor. */
  private static Map<String, double[]> train(Backend backend) {
    GhostConfig ghosts =
        GhostFixture.config(OddRun.TINY, 1, new GhostTrigger.Steps(List.of(WAKE)), 4, STEPS);
    Map<String, double[]> values = new LinkedHashMap<>();
    List<Double> losses = new ArrayList<>();
    try (OddRun run = new OddRun(backend, OddRun.TINY, 2, ghosts)) {
      for (int t = 0; t < STEPS; t++) {
        TrainingStep.Gradients found = run.train(t, t + 1);
        losses.add(found.loss());
        if (t == 0) {
          values.put("norm of the first gradient", new double[] {found.gradientNorm()});
        }
      }
      assertThat(run.model().moeLayers()).allMatch(layer -> layer.awake() == 4);
      values.put("losses", losses.stream().mapToDouble(Double::doubleValue).toArray());
      values.put("evaluation", new double[] {run.evaluate()});
      run.weights()
          .forEach(
              (name, bits) -> {
                double[] reals = new double[bits.length];
                for (int i = 0; i < bits.length; i++) {
                  reals[i] = Float.intBitsToFloat(bits[i]);
                }
                values.put(name, reals);
              });
    }
    return values;
  }

  @Test
  void twentyStepsWithAWakingGhostAreThoseOfTheCpu() {
    assertAsNearAsTheCpu(CudaFixture.ownKernels());
  }

  @Test
  void twentyStepsByCublasAreThoseOfTheCpu() {
    assertAsNearAsTheCpu(CudaFixture.cublas());
  }

  /** Closes the backend. */
  private static void assertAsNearAsTheCpu(CudaBackend candidate) {
    Map<String, double[]> exact;
    Map<String, double[]> cpu;
    Map<String, double[]> cuda;
    try (Backend backend = ScalarBackend.float64()) {
      exact = train(backend);
    }
    try (Backend backend = new VectorBackend(2)) {
      cpu = train(backend);
    }
    try (candidate) {
      cuda = train(candidate);
    }
    assertThat(cuda.keySet()).isEqualTo(exact.keySet());
    double worst = 0;
    String worstName = "";
    for (String name : exact.keySet()) {
      double bound = SLACK * furthest(of(cpu, name), of(exact, name)) + LEAST;
      double found = furthest(of(cuda, name), of(exact, name));
      if (!(found <= bound)) {
        fail("%s: %s from double precision, the bound is %s", name, found, bound);
      }
      if (found / bound > worst) {
        worst = found / bound;
        worstName = name;
      }
    }
    System.out.printf(
        Locale.ROOT, "training on CUDA: %.3f of the tolerance at most (%s)%n", worst, worstName);
  }

  private static double[] of(Map<String, double[]> values, String name) {
    return Objects.requireNonNull(values.get(name), name);
  }

  /** The largest difference of two tensors, relative to the largest value. */
  private static double furthest(double[] got, double[] want) {
    double difference = 0;
    double scale = 1e-12;
    for (int i = 0; i < want.length; i++) {
      double here = Math.abs(got[i] - want[i]);
      difference = Double.isNaN(here) ? Double.POSITIVE_INFINITY : Math.max(difference, here);
      scale = Math.max(scale, Math.abs(want[i]));
    }
    return difference / scale;
  }

  @Test
  void aRunThatEndedHoldsNoDeviceMemory() {
    try (CudaBackend backend = CudaFixture.cublas()) {
      var _ = train(backend); // tables that are kept by what they hold
      long kept = backend.inUseBytes();
      var _ = train(backend);
      assertThat(backend.inUseBytes()).isLessThan(kept + (64 << 10));
    }
  }
}
