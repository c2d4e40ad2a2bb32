package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.data.batch.BatchSource;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.moe.ghost.LayerSignal;
import io.ghostmoe.moe.ghost.LayerStatistics;
import io.ghostmoe.moe.ghost.SaturationMonitor;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Host;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a step sees of its layers, and when the life of the ghosts hears of it. */
class StepStatisticsTest {
  /** Without dropout, whose masks differ from micro-batch to micro-batch. */
  private static final ModelConfig MODEL =
      new ModelConfig(1003, 67, 44, 2, 4, 5, 2, 93, 0, 0.01f, 0.001f);

  private static final int ROWS = 2;

  private final Backend backend = new VectorBackend(2);
  private final Host host = new Host(backend);

  @AfterEach
  void close() {
    backend.close();
  }

  private static GhostConfig ghosts(GhostTrigger trigger) {
    return GhostFixture.config(MODEL, 1, trigger, 10, 100);
  }

  @Test
  void eachGradientNormIsThatOfItsExpert() {
    try (OddRun run = new OddRun(backend, MODEL, ROWS)) {
      TrainingStep.Gradients found = run.gradients(0);
      Set<Float> different = new HashSet<>();
      for (int layer = 0; layer < MODEL.layers(); layer++) {
        float[] norms = found.statistics().get(layer).gradientNorms();
        for (int e = 0; e < MODEL.experts(); e++) {
          double wanted = norm(run.model().moeLayers().get(layer).weightsOf(e));
          assertThat((double) norms[e]).isCloseTo(wanted, within(1e-5 * wanted));
          different.add(norms[e]);
        }
      }
      assertThat(different).as("none can be taken for another").hasSize(2 * 5);
    }
  }

  private double norm(List<Parameter> parameters) {
    double squares = 0;
    for (Parameter parameter : parameters) {
      for (float value : host.read(parameter.requireGradient())) {
        squares += (double) value * value;
      }
    }
    return Math.sqrt(squares);
  }

  @Test
  void countsAndUtilitiesOfMicroBatchesAddUp() {
    List<Batch> batches = batches();
    List<LayerStatistics> both = statistics(new GhostTrigger.Plateau(), batches);
    List<LayerStatistics> first = statistics(new GhostTrigger.Plateau(), batches.subList(0, 1));
    List<LayerStatistics> second = statistics(new GhostTrigger.Plateau(), batches.subList(1, 2));
    for (int layer = 0; layer < MODEL.layers(); layer++) {
      for (int e = 0; e < MODEL.experts(); e++) {
        assertThat(both.get(layer).counts()[e])
            .isEqualTo(first.get(layer).counts()[e] + second.get(layer).counts()[e]);
        double sum = first.get(layer).utilities()[e] + second.get(layer).utilities()[e];
        assertThat((double) both.get(layer).utilities()[e]).isCloseTo(sum, within(1e-6 * sum));
        assertThat(sum).isPositive();
      }
      assertThat(both.get(layer).orthogonality()).as("not measured").isZero();
    }
  }

  /** The measure has no scale: the same batch twice says what it says once, and two are a mix. */
  @Test
  void orthogonalityIsThatOfAllMicroBatchesTogether() {
    GhostTrigger trigger = new GhostTrigger.Orthogonality();
    List<Batch> batches = batches();
    Batch first = batches.getFirst();
    double once = statistics(trigger, List.of(first)).getFirst().orthogonality();
    double twice = statistics(trigger, List.of(first, first)).getFirst().orthogonality();
    double both = statistics(trigger, batches).getFirst().orthogonality();
    assertThat(once).isStrictlyBetween(0.0, 1.0);
    assertThat(twice).isCloseTo(once, within(1e-6));
    assertThat(both).isStrictlyBetween(0.0, 1.0).isNotEqualTo(once);
  }

  private static List<Batch> batches() {
    try (Backend backend = new VectorBackend(1);
        OddRun run = new OddRun(backend, MODEL, ROWS)) {
      BatchSource source = run.source();
      return List.of(source.next(), source.next());
    }
  }

  private List<LayerStatistics> statistics(GhostTrigger trigger, List<Batch> microBatches) {
    try (OddRun run = new OddRun(backend, MODEL, ROWS, ghosts(trigger))) {
      return run.step().gradients(0, microBatches).statistics();
    }
  }

  @Test
  void aDecisionAfterAStepHasNotSeenThatStep() {
    GhostConfig config = ghosts(new GhostTrigger.Plateau());
    SaturationMonitor monitor = new SaturationMonitor(config, MODEL.layers());
    List<List<LayerSignal>> seen = new ArrayList<>();
    try (OddRun run = new OddRun(backend, MODEL, ROWS, config)) {
      for (int t = 0; t < 2 * config.window() + 4; t++) {
        TrainingStep.Gradients found = run.gradients(t);
        List<LayerSignal> before = monitor.signals(run.step().ghosts().layers());
        run.step().update(found);
        assertThat(run.step().ghosts().signals()).as("after step %d", t).isEqualTo(before);
        monitor.add(found.loss(), found.statistics());
        seen.add(before);
      }
    }
    assertThat(seen.getLast())
        .as("a step makes a difference")
        .isNotEqualTo(seen.get(seen.size() - 2));
  }
}
