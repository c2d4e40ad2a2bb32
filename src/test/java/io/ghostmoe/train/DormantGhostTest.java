package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Dormant costs nothing. */
class DormantGhostTest {
  private static final int ROWS = 2;
  private static final int STEPS = 4;

  private static GhostConfig ghosts(int count, GhostTrigger trigger) {
    return GhostFixture.config(OddRun.SMALL, count, trigger, 5, 100);
  }

  /** Calls of every step, of an evaluation, and the bits of all that was learned. */
  private static Map<String, Object> run(GhostConfig config) {
    Map<String, Object> seen = new LinkedHashMap<>();
    try (Backend backend = new VectorBackend(2)) {
      RecordingBackend recorder = new RecordingBackend(backend);
      try (OddRun run = new OddRun(recorder.backend(), OddRun.SMALL, ROWS, config)) {
        seen.put("construction", recorder.take());
        for (int t = 0; t < STEPS; t++) {
          TrainingStep.Gradients found = run.train(t, t + 1);
          seen.put("calls of step " + t, recorder.take());
          seen.put("loss of step " + t, found.loss());
          seen.put("norm of step " + t, found.gradientNorm());
          seen.put("bytes of activations after step " + t, run.step().arenaBytes());
        }
        seen.put("evaluation", run.evaluate());
        seen.put("calls of the evaluation", recorder.take());
        seen.put("weights", OddRun.digest(run.weights()));
        seen.put("learned scalars", run.model().registry().count());
      }
      seen.put("end", recorder.take());
    }
    return seen;
  }

  /** Those that cannot wake, and those that have not yet. */
  static Stream<GhostTrigger> sleepers() {
    return Stream.of(
        new GhostTrigger.Never(),
        new GhostTrigger.Plateau(),
        new GhostTrigger.Steps(List.of(50L)),
        new GhostTrigger.Random(3));
  }

  @ParameterizedTest
  @MethodSource("sleepers")
  void aRunWithDormantGhostsIsTheRunWithoutThem(GhostTrigger trigger) {
    Map<String, Object> without = run(ghosts(0, trigger));
    Map<String, Object> with = run(ghosts(7, trigger));
    assertThat(with).isEqualTo(without);
    assertThat((List<?>) without.get("calls of step 1"))
        .as("the calls that are compared are calls")
        .hasSizeGreaterThan(100)
        .anyMatch(call -> call.toString().startsWith("groupedLinear"));
  }

  @Test
  void theComparisonSeesAGhostThatWakes() {
    Map<String, Object> without = run(ghosts(0, new GhostTrigger.Never()));
    Map<String, Object> with = run(ghosts(1, new GhostTrigger.Steps(List.of(2L))));
    assertThat(with.get("calls of step 1")).isEqualTo(without.get("calls of step 1"));
    assertThat(with.get("calls of step 2")).isNotEqualTo(without.get("calls of step 2"));
    assertThat(with.get("weights")).isNotEqualTo(without.get("weights"));
  }

  /** The trigger that measures more costs the same whether or not there are ghosts to wake. */
  @Test
  void watchingForOrthogonalityCostsTheSameWithoutGhosts() {
    GhostTrigger trigger = new GhostTrigger.Orthogonality();
    Map<String, Object> without = run(ghosts(0, trigger));
    assertThat(run(ghosts(3, trigger))).isEqualTo(without);
    assertThat((List<?>) without.get("calls of step 1"))
        .anyMatch(call -> call.toString().startsWith("alignment"));
  }
}
