package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.cli.Main;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A run whose ghosts wake and ramp up goes on after a stop as if there had been none. */
class RunGhostResumeTest {
  @TempDir Path folder;
  private RunFixture fixture;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
  }

  /** One way for ghosts to live, with wakes and ramps inside of twelve steps. */
  record Life(String trigger, String schedule, String coupling, String init, int topK) {
    SettingsBuilder<TrainSettings> over(SettingsBuilder<TrainSettings> settings) {
      return settings
          .with(ModelSettings.DROPOUT, 0.1)
          .with(ModelSettings.TOP_K, topK)
          .with(OptimizationSettings.GRAD_ACCUMULATION, 2)
          .with(OptimizationSettings.WARMUP_STEPS, 0)
          .with(GhostSettings.NUM_GHOST_EXPERTS, 2)
          .with(GhostSettings.GHOST_TRIGGER, trigger)
          .with(GhostSettings.GHOST_ACTIVATION_SCHEDULE, schedule)
          .with(GhostSettings.GHOST_LR_COUPLING, coupling)
          .with(GhostSettings.GHOST_INIT, init)
          .with(GhostSettings.GHOST_RAMP_STEPS, 5)
          .with(GhostSettings.SATURATION_MONITORING_WINDOW, 2)
          .with(GhostSettings.WAKE_COOLDOWN_STEPS, 1)
          .with(GhostSettings.GHOST_ACTIVATION_THRESHOLD, 0.0);
    }
  }

  static Stream<Life> lives() {
    return Stream.of(
        new Life("step:3,6", "gradual", "rewarm", "clone", 2),
        new Life("plateau", "gradual", "inverse", "clone", 2),
        new Life("orthogonality", "selective", "complementary", "fresh", 1),
        new Life("random", "binary", "rewarm", "clone", 3));
  }

  /** Every step but the last is a place to stop: before a wake, at it, in a ramp, after it. */
  @ParameterizedTest
  @MethodSource("lives")
  void stoppedAnywhereAndResumedEqualsStraightThrough(Life life) throws IOException {
    RunSummary straight = fixture.train(life.over(fixture.settings("straight")));
    assertThat(straight.awakeParameters())
        .as("a ghost of 2 · 12 · 19 weights and more is awake at the end")
        .isGreaterThan(withoutGhosts(life).parameters());
    for (int stop : IntStream.range(1, 12).toArray()) {
      String run = "stopped" + stop;
      RunSummary stopped =
          GhostMoE.train(life.over(fixture.settings(run)).build(), RunFixture.stoppingAfter(stop));
      assertThat(stopped.interrupted()).isTrue();
      RunFixture.assertSameSummary(fixture.resume(run, TrainListener.SILENT), straight);
      fixture.assertSameRun(run, "straight", 12);
    }
  }

  private RunSummary withoutGhosts(Life life) {
    return fixture.train(
        life.over(fixture.settings("none"))
            .with(GhostSettings.NUM_GHOST_EXPERTS, 0)
            .with(GhostSettings.GHOST_TRIGGER, "never"));
  }

  /** The process ends without a chance to save, in the ramp of the first or of the second ghost. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void killedInMidRampAndResumedEqualsStraightThrough(long seed) throws Exception {
    int steps = 120;
    long killAt = 25L + CounterRandom.below(CounterRandom.key(seed, "kill a ramp"), 0, 70);
    Process process = JavaProcess.start(Main.class, List.of(), commandLine("killed", steps));
    try {
      process.getInputStream().close();
      RunFixture.awaitLines(fixture.run("killed").metrics(), killAt, process);
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor()).as("killed, not ended").isNotIn(0, 1, 2);
    RunSummary straight =
        fixture.train(
            fixture
                .settings("straight")
                .with(OptimizationSettings.MAX_STEPS, steps)
                .with(GhostSettings.NUM_GHOST_EXPERTS, 2)
                .with(GhostSettings.GHOST_TRIGGER, "step:20,60")
                .with(GhostSettings.GHOST_RAMP_STEPS, 38)
                .with(RunSettings.EVAL_EVERY, 20)
                .with(RunSettings.SAVE_EVERY, 7));
    RunFixture.assertSameSummary(fixture.resume("killed", TrainListener.SILENT), straight);
    fixture.assertSameRun("killed", "straight", steps);
  }

  private List<String> commandLine(String run, long steps) {
    String flags =
        "train --tokenizer byte --max-seq-length 33 --embed-dim 12 --num-layers 2 --num-heads 2"
            + " --num-experts 3 --top-k 2 --expert-hidden 19 --batch-size 2 --threads 2"
            + " --num-ghost-experts 2 --ghost-trigger step:20,60 --ghost-ramp-steps 38"
            + " --eval-every 20 --save-every 7 --quiet";
    List<String> paths =
        List.of(
            "--dataset=" + fixture.dataset,
            "--cache-dir=" + folder.resolve("cache"),
            "--runs-dir=" + fixture.runs,
            "--run=" + run,
            "--max-steps=" + steps);
    return Stream.concat(Stream.of(flags.split(" ")), paths.stream()).toList();
  }
}
