package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code saturation = (1 − ρ)·min(H(f), H(q))}. */
class SaturationMonitorTest {
  /**
   * A share and a norm a row are kept as floats, so with a relative error of 2⁻²⁴, and normalised
   * with one of 2⁻²³, which moves {@code H = −Σ x ln x / ln A} by at most {@code 2⁻²³·H}.
   */
  private static final double SINGLE = 0x1p-23;

  /** Two means of w ≤ 20 losses up to 8.1 over a P of at least 2: {@code 2·20·8.1·2⁻⁵³·2/2}. */
  private static final double DOUBLE = 0x1p-44;

  private static SaturationMonitor monitor(int primaries, int w) {
    return new SaturationMonitor(Configs.standard().experts(primaries, 2, 1).window(w).build(), 1);
  }

  private static double saturation(SaturationMonitor monitor, LayerGhosts layer) {
    return monitor.signals(List.of(layer)).getFirst().saturation();
  }

  private static double saturation(SaturationMonitor monitor) {
    return saturation(monitor, LayerGhosts.dormant(2));
  }

  /** The same loss in every step. */
  private static double standingStill(int w, LayerStatistics statistics) {
    SaturationMonitor monitor = monitor(statistics.counts().length, w);
    for (int t = 1; t <= 3 * w; t++) {
      monitor.add(2.5, List.of(statistics));
    }
    return saturation(monitor);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void saturationIsOneMinusThePaceTimesTheLesserEntropy(long seed) {
    RandomRun run = new RandomRun(seed);
    SaturationMonitor monitor = monitor(run.primaries(), run.window());
    NaiveSaturation naive = new NaiveSaturation(run.window());
    for (int t = 0; t < run.steps(); t++) {
      LayerGhosts layer = run.layer(t);
      monitor.add(run.loss(t), List.of(run.statistics(t)));
      naive.add(run.loss(t), run.statistics(t));
      assertThat(saturation(monitor, layer))
          .as("step %d of %s", t, run)
          .isCloseTo(naive.of(run.settled(t)), within(SINGLE + DOUBLE));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void saturationHasNoDimensionAndLiesBetweenZeroAndOne(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int w = random.nextInt(1, 8);
    int experts = random.nextInt(1, 7);
    SaturationMonitor monitor = monitor(experts, w);
    for (int t = 0; t < 8 * w; t++) {
      double loss = random.nextDouble() < 0.5 ? 3 : Math.exp(random.nextDouble(-30, 30));
      LayerStatistics statistics =
          random.nextBoolean() ? Statistics.even(experts) : Statistics.random(random, experts);
      float scale = (float) Math.exp(random.nextDouble(-20, 20));
      monitor.add(loss, List.of(Statistics.scaled(statistics, scale, scale)));
      assertThat(saturation(monitor)).as("step %d", t).isBetween(0.0, 1.0);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void saturationIsUnknownBeforeTwoWindows(long seed) {
    int w = (int) (1 + seed % 12);
    SaturationMonitor monitor = monitor(4, w);
    for (int t = 0; t < 2 * w; t++) {
      assertThat(saturation(monitor)).as("after %d steps", t).isZero();
      monitor.add(2.5, List.of(Statistics.even(4)));
    }
    assertThat(saturation(monitor)).isCloseTo(1, within(DOUBLE));
  }

  @Test
  void aCollapsedRouterDoesNotCountAsSaturation() {
    assertThat(standingStill(4, Statistics.of(new int[] {400, 0, 0, 0}, 1))).isZero();
    assertThat(standingStill(4, Statistics.of(new int[] {0, 0, 800, 0}, 1))).isZero();
    int[] nearly = {397, 1, 1, 1};
    assertThat(standingStill(4, Statistics.of(nearly, 1))).isLessThan(0.05);
  }

  @Test
  void expertsThatAreUsedEvenlyButDoNotLearnAlikeDoNotCountEither() {
    int[] counts = {100, 100, 100, 100};
    LayerStatistics oneLearns =
        new LayerStatistics(counts, new float[] {0, 3, 0, 0}, new float[4], 0);
    LayerStatistics noneLearns = new LayerStatistics(counts, new float[4], new float[4], 0);
    assertThat(standingStill(4, oneLearns)).isZero();
    assertThat(standingStill(4, noneLearns)).isZero();
  }

  @Test
  void aLossThatFallsAtItsFastestIsNotSaturated() {
    int w = 5;
    SaturationMonitor monitor = monitor(4, w);
    for (int t = 0; t < 6 * w; t++) {
      monitor.add(1000 - t * t, List.of(Statistics.even(4))); // faster and faster
      assertThat(saturation(monitor)).as("after step %d", t).isZero();
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void aLossThatStandsStillIsAsSaturatedAsTheExpertsAreEven(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int w = random.nextInt(1, 12);
    int experts = random.nextInt(1, 9);
    SaturationMonitor monitor = monitor(experts, w);
    NaiveSaturation naive = new NaiveSaturation(w);
    for (int t = 0; t < 6 * w; t++) {
      LayerStatistics statistics = Statistics.random(random, experts);
      double loss = Math.max(1, 8 - 7.0 * t / (3 * w)); // falls, then stands still
      monitor.add(loss, List.of(statistics));
      naive.add(loss, statistics);
    }
    assertThat(saturation(monitor))
        .isCloseTo(naive.evenness(Collections.nCopies(experts, true)), within(SINGLE + DOUBLE));
    assertThat(standingStill(w, Statistics.even(experts))).isCloseTo(1, within(DOUBLE));
  }

  @Test
  void aLossThatNeverFellIsAsSaturatedAsOneThatStandsStill() {
    SaturationMonitor monitor = monitor(4, 3);
    for (int t = 0; t < 12; t++) {
      monitor.add(1 + t, List.of(Statistics.even(4)));
    }
    assertThat(saturation(monitor)).isCloseTo(1, within(DOUBLE));
  }

  @Test
  void oneExpertIsAlwaysEven() {
    assertThat(standingStill(4, Statistics.even(1))).isEqualTo(1);
    assertThat(standingStill(4, new LayerStatistics(new int[1], new float[1], new float[1], 0)))
        .isEqualTo(1);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void theScaleOfGradientsAndOutputsDoesNotMatter(long seed) {
    RandomRun run = new RandomRun(seed);
    SaturationMonitor plain = monitor(run.primaries(), run.window());
    SaturationMonitor exact = monitor(run.primaries(), run.window());
    SaturationMonitor rounded = monitor(run.primaries(), run.window());
    for (int t = 0; t < run.steps(); t++) {
      LayerStatistics statistics = run.statistics(t);
      plain.add(run.loss(t), List.of(statistics));
      exact.add(run.loss(t), List.of(Statistics.scaled(statistics, 0x1p-20f, 0x1p30f)));
      rounded.add(run.loss(t), List.of(Statistics.scaled(statistics, 1e3f, 1)));
      List<LayerGhosts> layers = List.of(run.layer(t));
      assertThat(exact.signals(layers)).isEqualTo(plain.signals(layers));
      // a scaled norm is rounded once more
      assertThat(saturation(rounded, run.layer(t)))
          .isCloseTo(saturation(plain, run.layer(t)), within(3 * SINGLE + DOUBLE));
    }
  }

  @Test
  void layersAreJudgedEachByItsOwnExperts() {
    int w = 3;
    SaturationMonitor monitor = new SaturationMonitor(Configs.standard().window(w).build(), 3);
    LayerStatistics half = Statistics.of(new int[] {200, 200, 0, 0}, 1);
    LayerStatistics collapsed = Statistics.of(new int[] {0, 400, 0, 0}, 1);
    for (int t = 0; t < 2 * w; t++) {
      monitor.add(2, List.of(Statistics.even(4), half, collapsed));
    }
    List<LayerSignal> signals = monitor.signals(Collections.nCopies(3, LayerGhosts.dormant(3)));
    assertThat(signals.get(0).saturation()).isCloseTo(1, within(DOUBLE));
    assertThat(signals.get(1).saturation()).isCloseTo(0.5, within(DOUBLE));
    assertThat(signals.get(2).saturation()).isZero();
    assertThat(signals.stream().map(LayerSignal::mostUseful)).containsExactly(0, 0, 1);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void theMostUsefulIsThePrimaryOfHighestMeanUtilityInTheWindow(long seed) {
    RandomRun run = new RandomRun(seed);
    SaturationMonitor monitor = monitor(run.primaries(), run.window());
    NaiveSaturation naive = new NaiveSaturation(run.window());
    for (int t = 0; t < run.steps(); t++) {
      LayerStatistics statistics = run.statistics(t);
      // ghosts weigh more than any primary, and do not count
      Arrays.fill(statistics.utilities(), run.primaries(), statistics.utilities().length, 1e9f);
      monitor.add(run.loss(t), List.of(statistics));
      naive.add(run.loss(t), statistics);
      if (naive.steps() >= run.window()) {
        assertThat(monitor.signals(List.of(run.layer(t))).getFirst().mostUseful())
            .as("step %d of %s", t, run)
            .isEqualTo(naive.mostUseful(run.primaries()));
      }
    }
  }

  @Test
  void askingChangesNothingNorDoWhatTheCallersArraysBecome() {
    SaturationMonitor monitor = monitor(3, 2);
    LayerStatistics statistics =
        new LayerStatistics(new int[] {5, 7, 9}, new float[] {1, 2, 3}, new float[] {1, 9, 2}, 0.5);
    for (int t = 0; t < 5; t++) {
      monitor.add(5 - t % 3, List.of(statistics));
    }
    List<LayerGhosts> layers = List.of(LayerGhosts.dormant(2));
    List<LayerSignal> before = monitor.signals(layers);
    assertThat(before.getFirst().saturation()).isPositive();
    Arrays.fill(statistics.counts(), 1);
    Arrays.fill(statistics.gradientNorms(), 0);
    Arrays.fill(statistics.utilities(), 0);
    assertThat(monitor.signals(layers)).isEqualTo(before);
  }

  @Test
  void statisticsOfAnotherModelAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> monitor(4, 2).add(1, List.of(Statistics.even(4), Statistics.even(4))));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LayerStatistics(new int[2], new float[1], new float[2], 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LayerStatistics(new int[2], new float[2], new float[3], 0));
  }
}
