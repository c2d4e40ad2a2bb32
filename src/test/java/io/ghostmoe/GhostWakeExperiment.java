package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.checkpoint.CheckpointStore;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostConfig.Init;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import io.ghostmoe.train.TrainingStep;
import java.nio.file.Path;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The loss around a wake and the share over a ramp, for each beginning that a ghost can have: one
 * run to step 97, then each beginning from there. Prints a table; no part of a build.
 */
class GhostWakeExperiment {
  private static final int WAKE = 97;
  private static final int RAMP = 30;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 2", "3, 2", "1, 1"})
  void aroundAWake(long seed, int topK) {
    TrainSettings settings = Gsm8kRun.settings(folder, 1, topK, seed);
    try (Backend backend = new VectorBackend(2);
        PreparedDataset data = Gsm8kRun.data(settings)) {
      CheckpointStore store = new CheckpointStore(folder.resolve("s" + seed + "k" + topK), 1);
      GhostConfig asleep = config(settings, new GhostTrigger.Never(), Init.CLONE);
      try (Gsm8kRun run = new Gsm8kRun(settings, asleep, data, backend)) {
        for (int t = 0; t < WAKE - 1; t++) {
          run.step.update(run.gradients(t));
        }
        run.save(store, WAKE - 1);
      }
      System.out.printf(
          "seed %d, top-%d: jump of the evaluation loss, share over target at the wake, least and"
              + " greatest from a = .1 on, steps of 27 within 1.5, loss after the ramp%n",
          seed, topK);
      GhostTrigger trigger = new GhostTrigger.Steps(List.of((long) WAKE));
      for (Init init : Init.values()) {
        try (Gsm8kRun run =
            new Gsm8kRun(settings, config(settings, trigger, init), data, backend)) {
          run.load(store);
          report(init.toString(), run);
        }
      }
    }
  }

  private static GhostConfig config(TrainSettings settings, GhostTrigger trigger, Init init) {
    GhostConfig usual = EngineConfig.ghosts(settings);
    return new GhostConfig(
        usual.primaries(),
        usual.ghosts(),
        usual.topK(),
        trigger,
        usual.threshold(),
        usual.schedule(),
        usual.rampSteps(),
        usual.coupling(),
        usual.learningRate(),
        init,
        usual.window(),
        usual.cooldownSteps(),
        usual.warmupSteps(),
        usual.maxSteps());
  }

  private static void report(String name, Gsm8kRun run) {
    run.step.update(run.gradients(WAKE - 1));
    double before = run.evaluate();
    TrainingStep.Gradients found = run.gradients(WAKE);
    double jump = run.evaluate() - before;
    double first = run.relativeShare(found);
    DoubleSummaryStatistics shares = new DoubleSummaryStatistics();
    int within = 0;
    for (int t = WAKE; t < WAKE + RAMP; t++) {
      double share = run.relativeShare(found);
      if (t >= WAKE + 2 && t < WAKE + RAMP - 1) {
        shares.accept(share);
        within += share > 1 / 1.5 && share < 1.5 ? 1 : 0;
      }
      run.step.update(found);
      found = run.gradients(t + 1);
    }
    assertThat(found.loss()).isFinite();
    System.out.printf(
        "  %-5s %+.5f  %6.2f  %5.2f … %5.2f  %2d  %.4f%n",
        name, jump, first, shares.getMin(), shares.getMax(), within, run.evaluate());
  }
}
