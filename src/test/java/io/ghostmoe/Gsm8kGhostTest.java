package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.Wake;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import io.ghostmoe.train.TrainingStep;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A ghost on real text, with every setting of its life left at its default. */
class Gsm8kGhostTest {
  private static final int MAX_STEPS = 240;
  private static final double FIRST = 0.1;
  private static final double FACTOR = 1.5;

  @TempDir Path folder;

  /**
   * The plateau of the loss wakes a clone, whose coming moves the evaluation loss of that moment by
   * less than .005, and whose share of the load follows its activation from .1 on.
   */
  @Test
  void aCloneWakesOfItselfWithoutASpikeAndItsShareFollowsItsActivation() {
    TrainSettings settings = Gsm8kRun.settings(folder, 1, 2, 1);
    try (Backend backend = new VectorBackend(2);
        PreparedDataset data = Gsm8kRun.data(settings);
        Gsm8kRun run = new Gsm8kRun(settings, EngineConfig.ghosts(settings), data, backend)) {
      int wake = trainToTheWake(run);
      double before = run.evaluate();
      TrainingStep.Gradients found = run.gradients(wake);
      double after = run.evaluate();
      assertThat(found.wakes()).extracting(Wake::step).containsExactly((long) wake);
      assertThat(found.wakes().getFirst().parent()).isNotEqualTo(Ghost.NONE);
      assertThat(Math.abs(after - before)).as("at step %d", wake).isLessThan(0.005);
      followTheRamp(run, wake, found);
    }
  }

  /** The step that the wake comes with; the one before it is done. */
  private static int trainToTheWake(Gsm8kRun run) {
    for (int t = 0; t < MAX_STEPS / 2; t++) {
      run.step.update(run.gradients(t));
      if (!run.step.ghosts().layers().getFirst().awake().isEmpty()) {
        return t + 1;
      }
    }
    throw new AssertionError("no ghost wakes in the first half of the run");
  }

  private static void followTheRamp(Gsm8kRun run, int wake, TrainingStep.Gradients first) {
    TrainingStep.Gradients found = first;
    int t = wake;
    double activation = activation(run);
    while (activation < 1) {
      if (activation >= FIRST) {
        assertThat(run.relativeShare(found))
            .as("share over target at activation %.2f, step %d", activation, t)
            .isBetween(1 / FACTOR, FACTOR);
      }
      run.step.update(found);
      found = run.gradients(++t);
      activation = activation(run);
    }
    assertThat(t - wake).as("steps of the ramp").isEqualTo(29);
  }

  private static double activation(Gsm8kRun run) {
    return run.step.ghosts().layers().getFirst().ghosts().getFirst().activation();
  }
}
