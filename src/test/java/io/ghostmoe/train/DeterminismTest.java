package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.JavaProcess;
import io.ghostmoe.model.MemoryPlan;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The same bits whatever runs the kernels: any number of threads, interpreter or compiler. */
class DeterminismTest {
  private static final int STEPS = 4;
  private static final int ROWS = 9;

  /** C2 compiles a method after some ten thousand calls and loops; each kernel has more by then. */
  private static final int REPETITIONS = 300;

  /** One ghost a layer wakes with the second step, and is on its ramp from then on. */
  private static GhostConfig ghosts() {
    return GhostFixture.config(
        OddRun.SMALL, 1, new GhostTrigger.Steps(List.of(1L)), 10 * STEPS, 100 * STEPS);
  }

  private static Map<String, int[]> bits(int threads, GhostConfig ghosts) {
    try (Backend backend = new VectorBackend(threads);
        OddRun run = new OddRun(backend, OddRun.SMALL, ROWS, ghosts)) {
      return run.bits(STEPS);
    }
  }

  @Test
  void oneTwoAndFiveThreadsAgreeBitForBit() {
    assertAgreement(GhostFixture.none(OddRun.SMALL), "m of head.weight 0");
  }

  @Test
  void theyAgreeThroughAWakeAndARamp() {
    assertAgreement(ghosts(), "m of layers.1.moe.experts.up.weight 5");
  }

  private static void assertAgreement(GhostConfig ghosts, String moments) {
    Map<String, int[]> one = bits(1, ghosts);
    assertThat(one).containsKeys("loss of step 3", "evaluation loss", moments);
    for (int threads : new int[] {2, 5}) {
      Map<String, int[]> others = bits(threads, ghosts);
      assertThat(others.keySet()).isEqualTo(one.keySet());
      others.forEach(
          (name, values) ->
              assertThat(values).as("%s with %d threads", name, threads).isEqualTo(one.get(name)));
    }
  }

  @Test
  void theComparisonSeesOneStep() {
    try (Backend backend = new VectorBackend(2);
        OddRun run = new OddRun(backend, OddRun.SMALL, ROWS)) {
      assertThat(run.bits(STEPS - 1).get("head.weight 0"))
          .isNotEqualTo(bits(2, GhostFixture.none(OddRun.SMALL)).get("head.weight 0"));
    }
  }

  /** Within a quarter above, so that a run that fits is not refused. */
  @Test
  void theStepsMemoryIsWhatWasPredicted() {
    try (Backend backend = new VectorBackend(2);
        OddRun run = new OddRun(backend, OddRun.SMALL, ROWS)) {
      var _ = run.bits(2);
      long predicted = MemoryPlan.of(OddRun.SMALL, ROWS).activationBytes();
      assertThat(run.step().arenaBytes()).isBetween(predicted * 3 / 4, predicted);
    }
    try (Backend backend = new VectorBackend(2);
        OddRun run = new OddRun(backend, OddRun.SMALL, ROWS, ghosts())) {
      var _ = run.bits(STEPS);
      long predicted = MemoryPlan.of(OddRun.SMALL, 1, ROWS, 2, false).activationBytes();
      assertThat(run.step().arenaBytes())
          .as("with ghosts on their ramp")
          .isBetween(predicted * 3 / 4, predicted);
    }
  }

  @Test
  void interpretedEqualsCompiled() throws Exception {
    Process interpreter = JavaProcess.start(DigestProcess.class, List.of("-Xint"), List.of());
    List<String> interpreted;
    try (var output = interpreter.inputReader()) {
      interpreted = output.lines().toList();
      assertThat(interpreter.waitFor()).isZero();
    } finally {
      interpreter.destroyForcibly();
    }
    assertThat(interpreted).anyMatch(line -> line.startsWith("logits "));
    try (Backend backend = new VectorBackend(1)) {
      for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        assertThat(DigestProcess.digest(backend))
            .as("repetition %d, compiled further each time", repetition)
            .isEqualTo(interpreted);
      }
    }
  }
}
