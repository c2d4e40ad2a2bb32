package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.moe.MoeLayer;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostConfig.Coupling;
import io.ghostmoe.moe.ghost.GhostConfig.Init;
import io.ghostmoe.moe.ghost.GhostConfig.Schedule;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Host;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From the wake to an expert like any other, in a model that learns. */
class GhostRampTest {
  private static final ModelConfig MODEL = OddRun.SMALL;
  private static final int ROWS = 2;

  private final Backend backend = new VectorBackend(2);
  private final Host host = new Host(backend);

  @AfterEach
  void close() {
    backend.close();
  }

  private static GhostConfig ghosts(Schedule schedule, Coupling coupling) {
    GhostConfig config = GhostFixture.config(MODEL, 1, new GhostTrigger.Steps(List.of(2L)), 4, 100);
    return GhostFixture.with(config, schedule, coupling, Init.CLONE);
  }

  private static double activation(OddRun run) {
    return run.step().ghosts().layers().getFirst().ghosts().getFirst().activation();
  }

  @Test
  void theThreeRampsDiffer() {
    Map<Schedule, List<Double>> activations = new EnumMap<>(Schedule.class);
    Map<Schedule, List<String>> weights = new EnumMap<>(Schedule.class);
    for (Schedule schedule : Schedule.values()) {
      try (OddRun run = new OddRun(backend, MODEL, ROWS, ghosts(schedule, Coupling.REWARM))) {
        List<Double> course = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
          TrainingStep.Gradients found = run.gradients(t);
          course.add(activation(run));
          run.step().update(found);
        }
        activations.put(schedule, course);
        weights.put(schedule, OddRun.digest(run.weights()));
      }
    }
    assertThat(activations.get(Schedule.GRADUAL)).containsExactly(0., 0., .25, .5, .75, 1., 1., 1.);
    assertThat(activations.get(Schedule.BINARY)).containsExactly(0., 0., 1., 1., 1., 1., 1., 1.);
    // nothing is saturated so early: it waits on its first rung
    assertThat(activations.get(Schedule.SELECTIVE))
        .containsExactly(0., 0., .25, .25, .25, .25, .25, .25);
    assertThat(new HashSet<>(weights.values())).as("models that they lead to").hasSize(3);
  }

  /** A constant learning rate is at its peak, where the inverse coupling gives a ghost nothing. */
  @ParameterizedTest
  @EnumSource(Coupling.class)
  void aGhostLearnsAtItsOwnRateWithAllThatIsItsOwn(Coupling coupling) {
    try (OddRun run = new OddRun(backend, MODEL, ROWS, ghosts(Schedule.GRADUAL, coupling))) {
      run.train(0, 2);
      TrainingStep.Gradients found = run.gradients(2);
      MoeLayer layer = run.model().moeLayers().getFirst();
      List<float[]> ghost = copies(layer.ownedBy(5));
      List<float[]> primary = copies(layer.ownedBy(1));
      double rate = run.step().ghostLearningRates(2).getFirst().getFirst();
      double lr = run.step().learningRate(2);
      double wanted =
          switch (coupling) {
            case REWARM -> 1e-3 * (lr / 1e-2) * (1 / 4.0);
            case INVERSE -> 1e-3 * (1 - lr / 1e-2) * 0.25;
            case COMPLEMENTARY -> 1e-3 * 0.25;
          };
      assertThat(rate).isEqualTo(wanted);
      run.step().update(found);
      // after a first update Adam moves each weight by the rate, and by the decay of some
      assertLargestMove(ghost, layer.ownedBy(5), rate);
      assertThat(largestMove(primary, layer.ownedBy(1))).isGreaterThan(lr / 3);
    }
  }

  private void assertLargestMove(List<float[]> before, List<Parameter> after, double rate) {
    double decay = 0.1 * rate * 0.2; // no weight is as large as .2
    assertThat(largestMove(before, after)).isBetween(0.9 * rate, rate + decay + 1e-7);
  }

  private double largestMove(List<float[]> before, List<Parameter> after) {
    double largest = 0;
    for (int p = 0; p < before.size(); p++) {
      float[] now = host.read(after.get(p).value());
      for (int i = 0; i < now.length; i++) {
        largest = Math.max(largest, Math.abs(now[i] - before.get(p)[i]));
      }
    }
    return largest;
  }

  private List<float[]> copies(List<Parameter> parameters) {
    return parameters.stream().map(parameter -> host.read(parameter.value())).toList();
  }

  /** E = 2 and k = 2: every token visits both primaries until the ghosts come. */
  @Test
  void twoPrimariesOfWhichATokenVisitsTwoCanHaveTwoGhosts() {
    ModelConfig model = MODEL.withExperts(2);
    GhostConfig config =
        GhostFixture.config(model, 2, new GhostTrigger.Steps(List.of(2L, 4L)), 3, 100);
    try (OddRun run = new OddRun(backend, model, ROWS, config)) {
      TrainingStep.Gradients before = run.train(0, 2);
      assertThat(before.statistics().getFirst().load()).containsExactly(0.5, 0.5);
      double[] served = new double[4];
      for (int t = 2; t < 12; t++) {
        TrainingStep.Gradients found = run.train(t, t + 1);
        List<Double> load = found.statistics().getFirst().load();
        assertThat(load).as("step %d", t).hasSize(t < 4 ? 3 : 4).allMatch(share -> share <= 0.5);
        for (int e = 0; e < load.size(); e++) {
          served[e] += load.get(e);
        }
        assertThat(found.loss()).isFinite();
      }
      for (double sum : served) {
        assertThat(sum).as("the load of each expert over ten steps").isGreaterThan(0.1);
      }
      assertThat(run.step().ghosts().layers())
          .allMatch(layer -> layer.ghosts().stream().allMatch(ghost -> ghost.activation() == 1));
    }
  }

  /** The gate is the softmax over all experts, in which a ghost counts as far as it is awake. */
  @Test
  void withTopOneTheGatesHardlyFeelAGhostThatWakes() {
    ModelConfig model = new ModelConfig(1003, 67, 44, 2, 4, 5, 1, 93, 0, 0, 0);
    GhostConfig config =
        GhostFixture.config(model, 1, new GhostTrigger.Steps(List.of(3L)), 50, 100);
    try (OddRun run = new OddRun(backend, model, ROWS, config)) {
      run.train(0, 3);
      double before = run.evaluate();
      var _ = run.gradients(3); // wakes, and finds its bias
      assertThat(Math.abs(run.evaluate() - before)).isLessThan(0.001);
      assertThat(run.model().moeLayers()).allMatch(layer -> layer.awake() == 6);
    }
  }
}
