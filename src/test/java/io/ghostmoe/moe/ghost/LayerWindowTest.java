package io.ghostmoe.moe.ghost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Window means of what one layer's experts did. */
class LayerWindowTest {
  /** A dozen roundings of numbers up to 1. */
  private static final double ROUNDING = 0x1p-48;

  private static final boolean[] ALL = {true, true};

  private static LayerWindow window(int w, int[]... counts) {
    LayerWindow window = new LayerWindow(w, List.of());
    for (int[] step : counts) {
      window.add(Statistics.of(step, 1));
    }
    return window;
  }

  @Test
  void aLoadIsAShareOfTheSlotsSoThatBatchesOfAnySizeCountAlike() {
    // the mean of (1/4, 3/4) and (3/4, 1/4) is even, however large the second batch
    assertThat(window(2, new int[] {1, 3}, new int[] {3000, 1000}).evenness(ALL))
        .isCloseTo(1, within(ROUNDING));
  }

  @Test
  void expertsThatTakeTurnsAreEvenAndExpertsThatRestAreNot() {
    assertThat(window(2, new int[] {8, 0}, new int[] {0, 8}).evenness(ALL))
        .isCloseTo(1, within(ROUNDING));
    assertThat(window(2, new int[] {8, 0}, new int[] {8, 0}).evenness(ALL)).isZero();
  }

  @Test
  void stepsBeforeTheWindowAreForgotten() {
    int[] even = {4, 4};
    int[] collapsed = {8, 0};
    assertThat(window(2, collapsed, collapsed, even, even).evenness(ALL))
        .isCloseTo(1, within(ROUNDING));
    assertThat(window(2, even, even, collapsed, collapsed).evenness(ALL)).isZero();
  }

  @Test
  void aGradientIsDividedByTheRowsThatItCameFrom() {
    LayerWindow window = new LayerWindow(1, List.of());
    window.add(new LayerStatistics(new int[] {64, 192}, new float[] {2, 6}, new float[] {1, 1}, 0));
    double load = -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75)) / Math.log(2);
    // 1/32 a row for both, so the load is what is uneven
    assertThat(window.evenness(ALL)).isCloseTo(load, within(ROUNDING));
    window.add(
        new LayerStatistics(new int[] {128, 128}, new float[] {2, 6}, new float[] {1, 1}, 0));
    assertThat(window.evenness(ALL)).isCloseTo(load, within(ROUNDING));
  }

  @Test
  void theMostUsefulIsTheOneThatWeighedMostOverTheWindow() {
    LayerWindow window = new LayerWindow(2, List.of());
    assertThat(window.mostUseful(3)).isZero();
    float[][] utilities = {{9, 0, 0}, {1, 2, 5}, {1, 4, 0}};
    int[] expected = {0, 0, 1};
    for (int t = 0; t < utilities.length; t++) {
      window.add(new LayerStatistics(new int[] {1, 1, 1}, new float[3], utilities[t], 0));
      assertThat(window.mostUseful(3)).as("after step %d", t).isEqualTo(expected[t]);
    }
  }

  @Test
  void orthogonalityIsAveragedOverTheWindow() {
    LayerWindow window = new LayerWindow(2, List.of());
    double[] steps = {1, 0.5, 0.25};
    double[] expected = {1, 0.75, 0.375};
    for (int t = 0; t < steps.length; t++) {
      window.add(new LayerStatistics(new int[] {1}, new float[1], new float[1], steps[t]));
      assertThat(window.orthogonality()).isEqualTo(expected[t]);
    }
  }

  @Test
  void loadsSumToOneUnlessThereWasNoSlot() {
    LayerStatistics statistics = Statistics.of(new int[] {1, 0, 3}, 1);
    assertThat(statistics.load()).containsExactly(0.25, 0.0, 0.75);
    assertThat(Statistics.of(new int[3], 1).load()).containsExactly(0.0, 0.0, 0.0);
  }
}
