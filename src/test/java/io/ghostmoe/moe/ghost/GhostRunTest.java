package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.moe.ghost.GhostConfig.Schedule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Monitor and policy together, in a run without a tensor. */
class GhostRunTest {
  @TempDir Path folder;

  private static double levelsOff(int t) {
    return Math.max(1, 5 - t / 16.0);
  }

  /** What a layer with so many awake experts does in a step. */
  private interface Layer {
    LayerStatistics at(int step, int experts);
  }

  private static Configs config() {
    return Configs.standard().window(8).cooldown(16).steps(4, 200).ramp(Schedule.GRADUAL, 10);
  }

  /**
   * A run with layers that are all alike; what it decides for a step sees all but the one before.
   */
  private static final class Run {
    private final GhostConfig config;
    private final GhostPolicy policy;
    private final SaturationMonitor monitor;
    private List<LayerGhosts> layers;
    private List<Wake> wakes;
    private final List<Wake> allWakes = new ArrayList<>();

    Run(GhostConfig config, GhostProgress start) {
      this.config = config;
      policy = new GhostPolicy(config);
      monitor = new SaturationMonitor(config, start.history());
      layers = start.layers();
      wakes = start.wakes();
    }

    static Run start(GhostConfig config, int layers) {
      return new Run(
          config,
          new GhostProgress(
              Collections.nCopies(layers, LayerGhosts.dormant(config.ghosts())),
              List.of(),
              SaturationHistory.empty(layers)));
    }

    Run steps(int from, int to, IntToDoubleFunction loss, Layer layer) {
      for (int t = from; t < to; t++) {
        List<LayerStatistics> statistics = new ArrayList<>();
        for (LayerGhosts ghosts : layers) {
          statistics.add(layer.at(t, config.primaries() + ghosts.awake().size()));
        }
        GhostPolicy.Decision decision = policy.decide(layers, monitor.signals(layers), t + 1L);
        monitor.add(loss.applyAsDouble(t), statistics);
        layers = decision.layers();
        wakes = decision.wakes();
        allWakes.addAll(wakes);
      }
      return this;
    }

    GhostProgress progress() {
      return new GhostProgress(layers, wakes, monitor.history());
    }

    List<Ghost> ghosts() {
      return layers.stream().flatMap(layer -> layer.ghosts().stream()).toList();
    }
  }

  @Test
  void aLayerWakesWhereTheLossLevelsOffWhileItsExpertsAreEven() {
    Run run =
        Run.start(config().build(), 1)
            .steps(0, 200, GhostRunTest::levelsOff, (_, a) -> Statistics.even(a));
    NaiveSaturation naive = new NaiveSaturation(8);
    int running = 0;
    int wake = 0;
    for (int t = 0; running < 2; t++) { // ⌈8/4⌉ steps
      running = naive.of(Collections.nCopies(4, true)) >= 0.75 ? running + 1 : 0;
      wake = t + 1;
      naive.add(levelsOff(t), Statistics.even(4));
    }
    assertThat(run.allWakes).hasSizeGreaterThan(1);
    assertThat(run.allWakes.getFirst().step()).isEqualTo(wake);
    // the loss stands still from step 64 on: two windows and the run later all know
    assertThat(wake).isBetween(64, 64 + 16 + 2);
  }

  @Test
  void aLayerWhoseRouterHasCollapsedSleepsOn() {
    LayerStatistics collapsed = Statistics.of(new int[] {400, 0, 0, 0}, 1);
    Run run =
        Run.start(config().build(), 1).steps(0, 200, GhostRunTest::levelsOff, (_, _) -> collapsed);
    assertThat(run.allWakes).isEmpty();
  }

  @Test
  void aLossThatFallsSteadilyWakesNone() {
    Run run =
        Run.start(config().build(), 1).steps(0, 200, t -> 300 - t, (_, a) -> Statistics.even(a));
    assertThat(run.allWakes).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void aSelectiveRampOfASaturatedLayerIsNotHeldUpByTheRampingGhostItself(int primaries) {
    GhostConfig config = config().experts(primaries, 1, 1).ramp(Schedule.SELECTIVE, 30).build();
    Layer smallShare =
        (_, experts) -> {
          int[] counts = new int[experts];
          for (int e = 0; e < experts; e++) {
            counts[e] = e < primaries ? 100 : 1;
          }
          return Statistics.of(counts, 1);
        };
    // saturated as soon as two windows are seen, so it is the warm-up that is waited for
    Run run = Run.start(config, 1).steps(0, 50, _ -> 2, smallShare);
    int wake = (int) run.allWakes.getFirst().step();
    assertThat(wake).isEqualTo(4 + 2 * 8);
    assertThat(run.ghosts().getFirst().state()).isEqualTo(GhostState.ACTIVE);
    assertThat(Run.start(config, 1).steps(0, wake + 28, _ -> 2, smallShare).ghosts().getFirst())
        .isEqualTo(new Ghost(29 / 30.0, wake, 0));
    assertThat(Run.start(config, 1).steps(0, wake + 29, _ -> 2, smallShare).ghosts().getFirst())
        .isEqualTo(new Ghost(1, wake, 0));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void aResumedRunGoesOnAsIfItHadNotStoppedAndPutsNoGhostBackToSleep(long seed) {
    for (Schedule schedule : Schedule.values()) {
      GhostConfig config =
          config().experts(4, 2, 2).threshold(0.6).ramp(schedule, 10 + (int) seed).build();
      Layer noisy = (t, a) -> Statistics.random(new SplittableRandom(seed * 1000 + t), a);
      int stop = (int) (40 + seed * 4);
      Run whole = Run.start(config, 2).steps(0, stop, GhostRunTest::levelsOff, noisy);
      List<Ghost> before = whole.ghosts();
      Run resumed = new Run(config, StateJson.through(folder, whole.progress()));
      assertThat(resumed.ghosts()).isEqualTo(before);

      whole.steps(stop, 200, GhostRunTest::levelsOff, noisy);
      resumed.steps(stop, 200, GhostRunTest::levelsOff, noisy);
      assertThat(resumed.progress()).usingRecursiveComparison().isEqualTo(whole.progress());
      assertThat(whole.allWakes).isNotEmpty().endsWith(resumed.allWakes.toArray(Wake[]::new));
      assertThat(whole.allWakes.stream().filter(wake -> wake.step() > stop).toList())
          .isEqualTo(resumed.allWakes);
    }
  }
}
