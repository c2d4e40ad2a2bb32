package io.ghostmoe.data.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedBatchesTest {
  private static final int EOT = 99;

  private static BatchSettings packed(int rows, int length) {
    return new BatchSettings(Batching.PACKED, LossOn.ALL, rows, length, EOT);
  }

  @Test
  void aHandMadeStreamGivesExactlyTheRulesWindows() {
    // stream: 99 1 2 3 | 99 4 99 5 | 6 99   (the last end-of-text is a target only)
    var store = new ArrayTokenStore(new int[][] {{1, 2, 3}, {4}, {5, 6}}, new int[] {-1, -1, -1});
    var batches = new EvaluationBatches(store, packed(2, 4));
    Iterator<Batch> iterator = batches.iterator();
    Batch first = iterator.next();
    assertThat(first.inputs()).containsExactly(99, 1, 2, 3, 99, 4, 99, 5);
    assertThat(first.targets()).containsExactly(1, 2, 3, 99, 4, 99, 5, 6);
    assertThat(first.segments()).containsExactly(0, 0, 0, 0, 0, 0, 1, 1);
    assertThat(first.positions()).containsExactly(0, 1, 2, 3, 0, 1, 0, 1);
    assertThat(first.scoredTargets()).isEqualTo(8);
    assertThat(first.realTokens()).isEqualTo(8);
    assertThat(first.scoredBytes()).isEqualTo(1 + 2 + 3 + 4 + 0 + 1);
    Batch second = iterator.next();
    assertThat(second.inputs()).containsExactly(6, 99, 99, 99, 99, 99, 99, 99);
    assertThat(second.targets()).containsExactly(99, -1, -1, -1, -1, -1, -1, -1);
    assertThat(second.segments()).containsExactly(0, -1, -1, -1, -1, -1, -1, -1);
    assertThat(second.positions()).containsOnly(0);
    assertThat(second.scoredTargets()).isEqualTo(1);
    assertThat(second.realTokens()).isEqualTo(1);
    assertThat(second.scoredBytes()).isZero();
    assertThat(iterator.hasNext()).isFalse();
    assertThat(batches.batches()).isEqualTo(2);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void everyTokenAndClosingEndOfTextIsScoredExactlyOnce(long seed) {
    int length = 1 + (int) (seed * 7 % 33);
    int rows = 1 + (int) (seed % 4);
    var store = ArrayTokenStore.random(seed, 30, (int) (1 + seed * 3), 90);
    List<Integer> inputs = new ArrayList<>();
    List<Integer> targets = new ArrayList<>();
    long bytes = 0;
    int scored = 0;
    int real = 0;
    for (Batch batch : new EvaluationBatches(store, packed(rows, length))) {
      for (int i = 0; i < rows * length; i++) {
        if (batch.segments()[i] >= 0) {
          inputs.add(batch.inputs()[i]);
          targets.add(batch.targets()[i]);
        } else {
          assertThat(batch.targets()[i]).isEqualTo(-1);
        }
      }
      checkSegments(batch);
      bytes += batch.scoredBytes();
      scored += batch.scoredTargets();
      real += batch.realTokens();
    }
    List<Integer> stream = new ArrayList<>(List.of(EOT));
    long expectedBytes = 0;
    for (int d = 0; d < store.documents(); d++) {
      for (int t = 0; t < store.length(d); t++) {
        stream.add(store.token(store.start(d) + t));
        expectedBytes += store.byteLength(store.start(d) + t);
      }
      stream.add(EOT);
    }
    assertThat(inputs).isEqualTo(stream.subList(0, stream.size() - 1));
    assertThat(targets).isEqualTo(stream.subList(1, stream.size()));
    assertThat(bytes).isEqualTo(expectedBytes);
    assertThat(scored).isEqualTo(stream.size() - 1);
    assertThat(real).isEqualTo(stream.size() - 1);
  }

  /** A segment starts at each end-of-text and at each row, counts up, and so do its positions. */
  private static void checkSegments(Batch batch) {
    for (int row = 0; row < batch.rows(); row++) {
      int segment = 0;
      int position = 0;
      for (int column = 0; column < batch.length(); column++) {
        int i = row * batch.length() + column;
        if (batch.segments()[i] < 0) {
          assertThat(batch.positions()[i]).isZero();
          assertThat(batch.inputs()[i]).isEqualTo(EOT);
          continue;
        }
        if (column > 0 && batch.inputs()[i] == EOT) {
          segment++;
          position = 0;
        }
        assertThat(batch.segments()[i]).isEqualTo(segment);
        assertThat(batch.positions()[i]).isEqualTo(position++);
      }
    }
  }
}
