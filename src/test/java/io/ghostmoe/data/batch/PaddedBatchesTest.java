package io.ghostmoe.data.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Iterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaddedBatchesTest {
  private static final int EOT = 99;

  private static BatchSettings padded(int rows, int length) {
    return new BatchSettings(Batching.PADDED, LossOn.ALL, rows, length, EOT);
  }

  @Test
  void eachRowIsOneDocumentCutOrPadded() {
    var store =
        new ArrayTokenStore(new int[][] {{1, 2}, {3, 4, 5}, {6, 7, 8, 9}}, new int[] {-1, -1, -1});
    Iterator<Batch> batches = new EvaluationBatches(store, padded(2, 4)).iterator();
    Batch first = batches.next();
    assertThat(first.inputs()).containsExactly(99, 1, 2, 99, 99, 3, 4, 5);
    assertThat(first.targets()).containsExactly(1, 2, 99, -1, 3, 4, 5, 99);
    assertThat(first.segments()).containsExactly(0, 0, 0, -1, 0, 0, 0, 0);
    assertThat(first.positions()).containsExactly(0, 1, 2, 0, 0, 1, 2, 3);
    assertThat(first.scoredTargets()).isEqualTo(7);
    assertThat(first.realTokens()).isEqualTo(7);
    Batch second = batches.next();
    assertThat(second.inputs()).containsExactly(99, 6, 7, 8, 99, 99, 99, 99);
    assertThat(second.targets()).containsExactly(6, 7, 8, 9, -1, -1, -1, -1);
    assertThat(second.segments()).containsExactly(0, 0, 0, 0, -1, -1, -1, -1);
    assertThat(second.scoredTargets()).isEqualTo(4);
    assertThat(batches.hasNext()).isFalse();
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void whatIsScoredAndWhatIsCutAddUpToEveryTarget(long seed) {
    int length = (int) (1 + seed * 2);
    var store = ArrayTokenStore.random(seed, 25, 20, 90);
    long scored = 0;
    long counted = 0;
    int row = 0;
    for (Batch batch : new EvaluationBatches(store, padded(3, length))) {
      scored += batch.scoredTargets();
      for (int target : batch.targets()) {
        counted += target >= 0 ? 1 : 0;
      }
      for (int r = 0; r < 3 && row < store.documents(); r++, row++) {
        int real = Math.min(length, store.length(row) + 1);
        for (int i = 0; i < real; i++) {
          int at = r * length + i;
          long index = store.start(row) + i;
          assertThat(batch.inputs()[at]).isEqualTo(i == 0 ? EOT : store.token(index - 1));
          boolean closing = i == store.length(row);
          assertThat(batch.targets()[at]).isEqualTo(closing ? EOT : store.token(index));
        }
      }
    }
    Cuts cuts = Cuts.of(store, padded(3, length));
    assertThat(row).isEqualTo(store.documents());
    assertThat(scored).isEqualTo(counted);
    assertThat(scored + cuts.targets()).isEqualTo(store.tokens() + store.documents());
  }

  @Test
  void nothingIsCutWhenPacked() {
    var store = ArrayTokenStore.random(3, 25, 20, 90);
    var packed = new BatchSettings(Batching.PACKED, LossOn.ALL, 2, 4, EOT);
    assertThat(Cuts.of(store, packed)).isEqualTo(new Cuts(0, 0));
    assertThat(Cuts.of(store, padded(2, 4)).documents()).isPositive();
  }
}
