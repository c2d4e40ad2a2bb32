package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.MoeLayer;
import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostState;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.moe.ghost.LayerGhosts;
import io.ghostmoe.moe.ghost.Wake;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Host;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a wake makes, and what it leaves alone. */
class GhostWakeTest {
  private static final ModelConfig MODEL = OddRun.SMALL;
  private static final int ROWS = 2;
  private static final int WAKE = 3;

  private final Backend backend = new VectorBackend(2);
  private final Host host = new Host(backend);

  @AfterEach
  void close() {
    backend.close();
  }

  private static GhostConfig ghosts(int count, Long... steps) {
    return GhostFixture.config(MODEL, count, new GhostTrigger.Steps(List.of(steps)), 10, 100);
  }

  private static GhostConfig fresh(int count, Long... steps) {
    return GhostFixture.with(ghosts(count, steps), GhostConfig.Init.FRESH);
  }

  private float[] read(Parameter parameter) {
    return host.read(parameter.value());
  }

  @Test
  void storageComesAtTheWakeAndNotBefore() {
    try (OddRun run = new OddRun(backend, MODEL, ROWS, ghosts(2, 3L, 5L))) {
      long primaries = run.model().registry().count();
      long ghost = 2L * 44 * 93 + 44 + 93 + 44; // up, down, their biases, the router's row
      for (int t = 0; t < 7; t++) {
        run.train(t, t + 1);
        int awake = (t >= 3 ? 1 : 0) + (t >= 5 ? 1 : 0);
        assertThat(run.model().registry().count())
            .as("learned scalars after step %d", t)
            .isEqualTo(primaries + ghost * awake * MODEL.layers());
        assertThat(run.optimizer().moments()).hasSameSizeAs(run.model().registry().parameters());
        assertThat(run.model().moeLayers()).allMatch(layer -> layer.awake() == 5 + awake);
      }
    }
  }

  @Test
  void ghostsWakeInIndexOrderWithTheirStep() {
    try (OddRun run = new OddRun(backend, MODEL, ROWS, ghosts(2, 3L, 5L))) {
      run.train(0, WAKE);
      TrainingStep.Gradients found = run.gradients(WAKE);
      assertThat(found.wakes())
          .extracting(Wake::step, Wake::layer, Wake::ghost, Wake::expert)
          .containsExactly(tuple(3L, 0, 0, 5), tuple(3L, 1, 0, 5));
      assertThat(run.step().ghosts().layers())
          .extracting(layer -> layer.ghosts().stream().map(Ghost::state).toList())
          .containsOnly(List.of(GhostState.AWAKENING, GhostState.DORMANT));
      run.step().update(found);
      assertThat(run.gradients(WAKE + 1).wakes()).isEmpty();
    }
  }

  @Test
  void aFreshGhostHasTheWeightsOfAPrimaryOfItsIndex() {
    ModelConfig larger = MODEL.withExperts(MODEL.experts() + 1);
    try (OddRun run = new OddRun(backend, MODEL, ROWS, fresh(1, 0L));
        Transformer other = new Transformer(larger, backend, 11, true)) {
      var _ = run.gradients(0);
      for (int layer = 0; layer < MODEL.layers(); layer++) {
        List<Parameter> ghost = run.model().moeLayers().get(layer).ownedBy(5);
        List<Parameter> primary = other.moeLayers().get(layer).ownedBy(5);
        for (int i = 0; i < ghost.size(); i++) {
          assertThat(read(ghost.get(i))).isEqualTo(read(primary.get(i)));
        }
      }
    }
  }

  @Test
  void noDrawDependsOnAnother() {
    try (OddRun run = new OddRun(backend, MODEL, ROWS, fresh(1, 1L));
        OddRun without = new OddRun(backend, MODEL, ROWS)) {
      run.train(0, 1);
      without.train(0, 1);
      var _ = run.gradients(1); // wakes; nothing is updated yet
      Map<String, int[]> weights = run.weights();
      without
          .weights()
          .forEach(
              (name, bits) -> {
                if (!name.contains("balance_bias")) {
                  assertThat(weights.get(name)).as(name).isEqualTo(bits);
                }
              });
    }
  }

  @Test
  void aCloneKeepsHalfOfItsParentsHiddenUnits() {
    try (OddRun run = new OddRun(backend, MODEL, ROWS, ghosts(1, 3L))) {
      run.train(0, WAKE);
      TrainingStep.Gradients found = run.gradients(WAKE);
      for (Wake wake : found.wakes()) {
        MoeLayer layer = run.model().moeLayers().get(wake.layer());
        assertThat(wake.parent()).isBetween(0, MODEL.experts() - 1);
        assertHalfIsKept(layer.ownedBy(wake.parent()), layer.ownedBy(wake.expert()));
      }
      assertThat(found.wakes()).hasSize(2);
    }
  }

  private void assertHalfIsKept(List<Parameter> parent, List<Parameter> child) {
    int f = MODEL.hidden();
    int c = MODEL.width();
    float[] upParent = read(parent.get(0));
    float[] upChild = read(child.get(0));
    float[] biasChild = read(child.get(1));
    float[] downParent = read(parent.get(2));
    float[] downChild = read(child.get(2));
    int kept = 0;
    for (int unit = 0; unit < f; unit++) {
      int row = 0;
      int column = 0;
      for (int i = 0; i < c; i++) {
        row += upParent[unit * c + i] == upChild[unit * c + i] ? 1 : 0;
        column += downParent[i * f + unit] == downChild[i * f + unit] ? 1 : 0;
      }
      boolean same = row == c;
      assertThat(row).as("unit %d is kept whole or drawn anew", unit).isIn(0, c);
      assertThat(column).as("its column likewise").isEqualTo(same ? c : 0);
      assertThat(biasChild[unit]).isEqualTo(same ? read(parent.get(1))[unit] : 0);
      kept += same ? 1 : 0;
    }
    assertThat(kept).isEqualTo(f - f / 2);
    assertThat(read(child.get(3))).isEqualTo(read(parent.get(3)));
    assertSpreadAlike(upParent, upChild);
    assertSpreadAlike(downParent, downChild);
  }

  /** New units are drawn with the parent's mean and deviation; of ~4,000 draws, within 10%. */
  private static void assertSpreadAlike(float[] parent, float[] child) {
    assertThat(deviation(child)).isCloseTo(deviation(parent), within(0.1 * deviation(parent)));
  }

  private static double deviation(float[] values) {
    double sum = 0;
    double squares = 0;
    for (float value : values) {
      sum += value;
      squares += value * value;
    }
    double mean = sum / values.length;
    return Math.sqrt(squares / values.length - mean * mean);
  }

  @Test
  void momentsStartAtZeroAndTheStepCountIsItsOwn() {
    try (OddRun run = new OddRun(backend, MODEL, ROWS, ghosts(1, 3L))) {
      run.train(0, WAKE);
      var found = run.gradients(WAKE);
      for (AdamW.Moments moments : run.optimizer().moments()) {
        boolean late = moments.parameter().slice() == 5;
        assertThat(moments.count()).isEqualTo(late ? 0 : WAKE);
        if (late) {
          assertThat(host.read(moments.m())).containsOnly(0);
          assertThat(host.read(moments.v())).containsOnly(0);
        }
      }
      run.step().update(found);
      run.train(WAKE + 1, WAKE + 2);
      assertThat(run.optimizer().moments())
          .filteredOn(moments -> moments.parameter().slice() == 5)
          .hasSize(2 * 5)
          .allMatch(moments -> moments.count() == 2);
    }
  }

  @Test
  void evaluationWakesNothing() {
    try (OddRun run = new OddRun(backend, MODEL, ROWS, ghosts(1, 3L));
        OddRun unwatched = new OddRun(backend, MODEL, ROWS, ghosts(1, 3L))) {
      run.train(0, WAKE); // the decision to wake has been made
      List<String> before = OddRun.digest(run.weights());
      List<LayerGhosts> ghosts = run.step().ghosts().layers();
      double loss = run.evaluate();
      for (int i = 0; i < 3; i++) {
        assertThat(run.evaluate()).isEqualTo(loss);
      }
      assertThat(run.model().moeLayers()).allMatch(layer -> layer.awake() == 5);
      assertThat(OddRun.digest(run.weights())).isEqualTo(before);
      assertThat(run.step().ghosts().layers()).isEqualTo(ghosts);
      run.train(WAKE, 8);
      run.evaluate();
      unwatched.train(0, 8);
      assertThat(OddRun.digest(run.weights())).isEqualTo(OddRun.digest(unwatched.weights()));
    }
  }

  @Test
  void theBiasOfTheFirstForwardGivesTheGhostItsShare() {
    try (OddRun run = new OddRun(backend, MODEL, ROWS, ghosts(1, 3L))) {
      run.train(0, WAKE);
      TrainingStep.Gradients found = run.gradients(WAKE);
      Tensor bias =
          run.model().registry().entries().stream()
              .filter(entry -> entry.name().equals("layers.0.moe.balance_bias"))
              .findFirst()
              .orElseThrow()
              .slices()
              .getFirst();
      assertThat(host.read(bias)).hasSize(6).doesNotContain(Float.NaN);
      // the bias is found on the first of two micro-batches, and the second is small
      double target = 0.1 / 5.1;
      assertThat(found.statistics())
          .allSatisfy(
              layer -> assertThat(layer.load().getLast()).isBetween(0.3 * target, 3 * target));
    }
  }
}
