package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.batch.BatchSource;
import io.ghostmoe.model.MemoryPlan;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.moe.SeenScores;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.moe.ghost.LayerStatistics;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Host;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Activation checkpointing changes memory and time, and no number. */
class RecomputingTest {
  private static final int ROWS = 2;
  private static final int STEPS = 6;

  /** Dropout, both auxiliary losses, and blocks that are neither the first nor the last. */
  private static final ModelConfig MODEL = deep(4);

  private static ModelConfig deep(int layers) {
    ModelConfig small = OddRun.SMALL;
    return new ModelConfig(
        small.vocabulary(),
        small.length(),
        small.width(),
        layers,
        small.heads(),
        small.experts(),
        small.topK(),
        small.hidden(),
        small.dropout(),
        small.auxLoss(),
        small.zLoss());
  }

  /** Two wake one after the other and are on their ramps to the end. */
  private static GhostConfig waking() {
    return GhostFixture.config(MODEL, 2, new GhostTrigger.Steps(List.of(1L, 3L)), 10, 100);
  }

  /** Without ghosts, with ghosts on their ramps, and with a trigger that measures directions. */
  static Stream<GhostConfig> lives() {
    return Stream.of(
        GhostFixture.none(MODEL),
        waking(),
        GhostFixture.config(MODEL, 1, new GhostTrigger.Orthogonality(), 5, 100));
  }

  /** All that steps of two micro-batches find and leave behind. */
  private static Map<String, Object> run(GhostConfig ghosts, boolean recomputes) {
    Map<String, Object> seen = new LinkedHashMap<>();
    try (Backend backend = new VectorBackend(2);
        OddRun run = new OddRun(backend, MODEL, ROWS, ghosts, recomputes)) {
      for (int t = 0; t < STEPS; t++) {
        TrainingStep.Gradients found = run.gradients(t);
        seen.put("loss of step " + t, found.loss());
        seen.put("auxiliary loss of step " + t, found.auxLoss());
        seen.put("gradient norm of step " + t, found.gradientNorm());
        seen.put("scores that a ramp goes by, step " + t, scores(found, backend));
        seen.put("statistics of step " + t, statistics(found));
        run.step().update(found);
        seen.put("signals after step " + t, run.step().ghosts().signals());
        seen.put("ghosts after step " + t, run.step().ghosts().layers());
        seen.put("weights, biases and moments after step " + t, OddRun.digest(run.weights()));
        seen.put("evaluation after step " + t, run.evaluate());
      }
    }
    return seen;
  }

  private static List<String> scores(TrainingStep.Gradients found, Backend backend) {
    List<String> all = new ArrayList<>();
    for (SeenScores layer : found.seen()) {
      for (SeenScores.MicroBatch part : layer.microBatches()) {
        all.add(Arrays.toString(new Host(backend).read(part.scores())));
      }
    }
    return all;
  }

  private static List<String> statistics(TrainingStep.Gradients found) {
    List<String> all = new ArrayList<>();
    for (LayerStatistics layer : found.statistics()) {
      all.add(Arrays.toString(layer.counts()));
      all.add(Arrays.toString(layer.gradientNorms()));
      all.add(Arrays.toString(layer.utilities()));
      all.add(Double.toString(layer.orthogonality()));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("lives")
  void everyNumberIsThatOfARunWhichKeepsItsActivations(GhostConfig ghosts) {
    Map<String, Object> kept = run(ghosts, false);
    Map<String, Object> recomputed = run(ghosts, true);
    assertThat(recomputed.keySet()).isEqualTo(kept.keySet());
    recomputed.forEach((name, value) -> assertThat(value).as(name).isEqualTo(kept.get(name)));
  }

  @Test
  void whatIsComparedIsThere() {
    Map<String, Object> seen = run(waking(), true);
    assertThat((List<?>) seen.get("scores that a ramp goes by, step 0")).isEmpty();
    assertThat((List<?>) seen.get("scores that a ramp goes by, step 1"))
        .as("of two micro-batches a layer")
        .hasSize(2 * MODEL.layers());
    assertThat(seen.get("loss of step 5")).isNotEqualTo(seen.get("loss of step 4"));
    assertThat((List<?>) run(lives().toList().getLast(), true).get("statistics of step 1"))
        .as("orthogonality is measured")
        .noneMatch("0.0"::equals);
  }

  /** Each slot is counted once, however often its layer is computed. */
  @Test
  void countsAreTheSlotsOfAllTokens() {
    try (Backend backend = new VectorBackend(2);
        OddRun run = new OddRun(backend, MODEL, ROWS, GhostFixture.none(MODEL), true)) {
      BatchSource source = run.source();
      int slots = (source.next().realTokens() + source.next().realTokens()) * MODEL.topK();
      for (LayerStatistics layer : run.gradients(0).statistics()) {
        assertThat(Arrays.stream(layer.counts()).sum()).isEqualTo(slots);
      }
    }
  }

  @Test
  void theStepsMemoryIsWhatWasPredicted() {
    try (Backend backend = new VectorBackend(2);
        OddRun run = new OddRun(backend, MODEL, ROWS, waking(), true)) {
      run.train(0, STEPS);
      long predicted = MemoryPlan.of(MODEL, 2, ROWS, 2, true).activationBytes();
      assertThat(run.step().arenaBytes()).isBetween(predicted * 3 / 4, predicted);
      assertThat(predicted)
          .isLessThan(MemoryPlan.of(MODEL, 2, ROWS, 2, false).activationBytes() * 2 / 3);
    }
  }

  /** An evaluation between the steps of a run uses their memory, and must not make it grow. */
  @Test
  void twelveLayersNeedFarLessThanHalfTheMemoryEvaluationsIncluded() {
    long kept = stepBytes(false);
    assertThat(stepBytes(true)).isLessThan(kept / 4);
  }

  private static long stepBytes(boolean recomputes) {
    ModelConfig model = deep(12);
    try (Backend backend = new VectorBackend(2);
        OddRun run = new OddRun(backend, model, ROWS, GhostFixture.none(model), recomputes)) {
      run.train(0, 1);
      long bytes = run.step().arenaBytes();
      var _ =
          new Evaluator(run.model(), backend)
              .evaluate(List.of(run.source().next()), () -> false, run.step().arena());
      run.train(1, 3);
      assertThat(run.step().arenaBytes()).isEqualTo(bytes);
      return bytes;
    }
  }
}
