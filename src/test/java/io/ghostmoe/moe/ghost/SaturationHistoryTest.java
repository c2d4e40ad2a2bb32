package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a checkpoint keeps of the ghosts is all that they depend on. */
class SaturationHistoryTest {
  @TempDir Path folder;

  private static final String[] TRIGGERS = {"plateau", "orthogonality"};

  private static GhostConfig config(RandomRun run, String trigger) {
    return Configs.standard()
        .experts(run.primaries(), 2, 1)
        .trigger(GhostTrigger.of(trigger, 0))
        .window(run.window())
        .build();
  }

  private SaturationHistory throughJson(SaturationHistory history, LayerGhosts layer) {
    return StateJson.through(folder, new GhostProgress(List.of(layer), List.of(), history))
        .history();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void aHistorySavedAndRestoredGoesOnBitForBit(long seed) {
    RandomRun run = new RandomRun(seed);
    for (String trigger : TRIGGERS) {
      GhostConfig config = config(run, trigger);
      SaturationMonitor whole = new SaturationMonitor(config, 1);
      SaturationMonitor restored = new SaturationMonitor(config, 1);
      SaturationMonitor read = new SaturationMonitor(config, 1);
      boolean known = false;
      for (int t = 0; t < run.steps(); t++) {
        List<LayerGhosts> layers = List.of(run.layer(t));
        restored = new SaturationMonitor(config, restored.history());
        if (t % 7 == seed % 7) {
          read = new SaturationMonitor(config, throughJson(read.history(), layers.getFirst()));
        }
        for (SaturationMonitor each : List.of(whole, restored, read)) {
          each.add(run.loss(t), List.of(run.statistics(t)));
        }
        List<LayerSignal> expected = whole.signals(layers);
        known |= expected.getFirst().saturation() > 0;
        assertThat(restored.signals(layers)).as("step %d", t).isEqualTo(expected);
        assertThat(read.signals(layers)).as("step %d", t).isEqualTo(expected);
      }
      assertThat(known).isTrue();
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.ghostmoe.moe.ghost.Seeds#thirty")
  void everyNumberOfAHistorySurvivesJson(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<float[]> rows = new ArrayList<>();
    List<Float> scalars = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      rows.add(new float[] {anyFloat(random), anyFloat(random), -0f, Float.MIN_VALUE});
      scalars.add(anyFloat(random));
      losses.add(anyDouble(random));
    }
    SaturationHistory history =
        new SaturationHistory(
            losses,
            anyDouble(random),
            List.of(new SaturationHistory.Layer(rows, rows, rows.reversed(), scalars)));
    assertThat(throughJson(history, LayerGhosts.dormant(1)))
        .usingRecursiveComparison()
        .isEqualTo(history);
  }

  private static float anyFloat(SplittableRandom random) {
    float value = Float.intBitsToFloat(random.nextInt());
    return Float.isFinite(value) ? value : 1;
  }

  private static double anyDouble(SplittableRandom random) {
    double value = Double.longBitsToDouble(random.nextLong());
    return Double.isFinite(value) ? value : 1;
  }

  @Test
  void statesAndWakesSurviveJson() {
    List<LayerGhosts> layers =
        List.of(
            new LayerGhosts(
                List.of(new Ghost(1, 3, 2), new Ghost(1 / 3.0, 1L << 40, Ghost.NONE)), 7, false),
            new LayerGhosts(List.of(new Ghost(1, 3, 0), Ghost.DORMANT), 0, true));
    List<Wake> wakes = List.of(new Wake(1L << 40, 0, 1, 5, Ghost.NONE, "step:4,9", 0.1));
    GhostProgress progress = new GhostProgress(layers, wakes, SaturationHistory.empty(2));
    assertThat(StateJson.through(folder, progress)).isEqualTo(progress);
  }

  @Test
  void aHistoryKeepsNoMoreThanTwoWindowsOfLossesAndOneOfLayers() {
    RandomRun run = new RandomRun(3);
    SaturationMonitor monitor = new SaturationMonitor(config(run, "plateau"), 1);
    for (int t = 0; t < run.steps(); t++) {
      monitor.add(run.loss(t), List.of(run.statistics(t)));
      assertThat(monitor.history().losses()).hasSize(Math.min(t + 1, 2 * run.window()));
      assertThat(monitor.history().layers().getFirst().shares())
          .hasSize(Math.min(t + 1, run.window()));
    }
  }

  @Test
  void aHistoryDoesNotMoveWhereItsMonitorGoesOn() {
    SaturationMonitor monitor = new SaturationMonitor(Configs.standard().window(1).build(), 1);
    monitor.add(3, List.of(Statistics.even(4)));
    SaturationHistory history = monitor.history();
    monitor.add(1, List.of(Statistics.of(new int[] {4, 0, 0, 0}, 1)));
    monitor.add(1, List.of(Statistics.of(new int[] {4, 0, 0, 0}, 1)));
    assertThat(history.losses()).containsExactly(3.0);
    assertThat(history.fastest()).isZero();
    assertThat(history.layers().getFirst().shares().getFirst()).containsOnly(0.25f);
  }

  @Test
  void aHistoryKeepsItsValuesWhateverBecomesOfTheListsItWasMadeOf() {
    List<Double> losses = new ArrayList<>(List.of(1.0, 2.0));
    List<SaturationHistory.Layer> layers = new ArrayList<>(SaturationHistory.empty(2).layers());
    SaturationHistory history = new SaturationHistory(losses, 0, layers);
    losses.clear();
    layers.clear();
    assertThat(history.losses()).containsExactly(1.0, 2.0);
    assertThat(history.layers()).hasSize(2);
  }

  @Test
  void aLayersHistoryOfDifferentLengthsIsRefused() {
    List<float[]> one = List.of(new float[2]);
    List<float[]> none = List.of();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SaturationHistory.Layer(one, none, one, List.of(0f)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SaturationHistory.Layer(one, one, none, List.of(0f)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SaturationHistory.Layer(one, one, one, List.of()));
  }
}
