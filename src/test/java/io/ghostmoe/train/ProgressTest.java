package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.checkpoint.FileMark;
import io.ghostmoe.data.batch.BatchPosition;
import io.ghostmoe.moe.ghost.GhostProgress;
import io.ghostmoe.moe.ghost.SaturationHistory;
import java.util.Collections;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static Progress after(double... losses) {
    Progress progress = new Progress();
    DoubleStream.of(losses).forEach(loss -> progress.stepDone(loss, 10, 0.5));
    return progress;
  }

  private static double[] losses(double first, int count, double then) {
    return DoubleStream.concat(
            DoubleStream.of(first), DoubleStream.generate(() -> then).limit(count))
        .toArray();
  }

  @Test
  void tenLossesOverTwiceTheFirstAreADivergence() {
    assertThat(after(losses(5, 10, 10.1)).diverged()).isTrue();
    assertThat(after(losses(5, 9, 10.1)).diverged()).isFalse();
    assertThat(after(losses(5, 10, 10)).diverged()).isFalse();
    Progress spiked = after(losses(5, 9, 10.1));
    spiked.stepDone(9, 10, 0.5);
    assertThat(spiked.diverged()).isFalse();
    for (double loss : losses(10.1, 8, 10.1)) {
      spiked.stepDone(loss, 10, 0.5);
      assertThat(spiked.diverged()).isFalse();
    }
    spiked.stepDone(10.1, 10, 0.5);
    assertThat(spiked.diverged()).isTrue();
  }

  private static final GhostProgress NO_GHOSTS =
      new GhostProgress(List.of(), List.of(), SaturationHistory.empty(0));

  @Test
  void theFinalLossIsTheMeanOfTheLastTenOrOfAll() {
    assertThat(after(4, 2).recentLoss()).isEqualTo(3);
    assertThat(after(losses(100, 10, 2)).recentLoss()).isEqualTo(2);
    assertThat(after(losses(100, 10, 2)).firstLoss()).isEqualTo(100);
    assertThat(after().recentLoss()).isNaN();
  }

  @Test
  void onlyALowerEvaluationLossIsBetter() {
    Progress progress = after(1);
    assertThat(progress.evaluated(3)).isTrue();
    assertThat(progress.evaluated(3)).isFalse();
    assertThat(progress.evaluated(2.5)).isTrue();
    assertThat(progress.evaluated(2.6)).isFalse();
  }

  @Test
  void theDivergenceRuleOutlivesAResume() {
    Progress nearly = after(losses(5, 9, 11));
    Progress resumed =
        new Progress(
            nearly.state(
                BatchPosition.START,
                new RunIdentity("data", "settings"),
                FileMark.EMPTY,
                Collections.nCopies(3, 1L),
                NO_GHOSTS));
    assertThat(resumed.diverged()).isFalse();
    resumed.stepDone(11, 10, 0.5);
    assertThat(resumed.diverged()).isTrue();
    assertThat(resumed.tokens()).isEqualTo(110);
    assertThat(List.of(resumed.firstLoss(), resumed.lastLoss())).containsExactly(5.0, 11.0);
  }
}
