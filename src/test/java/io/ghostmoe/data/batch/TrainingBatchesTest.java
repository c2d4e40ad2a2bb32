package io.ghostmoe.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingBatchesTest {
  private static final int EOT = 99;

  private static BatchSettings settings(Batching batching) {
    return new BatchSettings(batching, LossOn.ALL, 3, 7, EOT);
  }

  private static String content(Batch batch) {
    return Arrays.toString(batch.inputs())
        + Arrays.toString(batch.targets())
        + Arrays.toString(batch.segments())
        + Arrays.toString(batch.positions());
  }

  @ParameterizedTest
  @EnumSource(Batching.class)
  void resumingAnywhereReplaysTheSameBatches(Batching batching) {
    var store = ArrayTokenStore.random(5, 40, 25, 90);
    var straight = new TrainingBatches(store, settings(batching), 11);
    List<BatchPosition> positions = new ArrayList<>();
    List<String> batches = new ArrayList<>();
    for (int i = 0; i < 3 * straight.batchesPerEpoch(); i++) {
      positions.add(straight.position());
      batches.add(content(straight.next()));
    }
    for (int i = positions.size() - 1; i >= 0; i -= 3) {
      var resumed = new TrainingBatches(store, settings(batching), 11);
      resumed.seek(positions.get(i));
      for (int k = i; k < Math.min(i + 5, batches.size()); k++) {
        assertThat(resumed.position()).isEqualTo(positions.get(k));
        assertThat(content(resumed.next())).isEqualTo(batches.get(k));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Batching.class)
  void eachEpochScoresTheSameTargetsInAnotherOrder(Batching batching) {
    var store = ArrayTokenStore.random(6, 40, 6, 90);
    var batches = new TrainingBatches(store, settings(batching), 3);
    List<String> orders = new ArrayList<>();
    List<Integer> expected = new ArrayList<>();
    for (int i = 0; i < store.tokens(); i++) {
      expected.add(store.token(i));
    }
    for (int d = 0; d < store.documents(); d++) {
      expected.add(EOT);
    }
    for (int epoch = 0; epoch < 3; epoch++) {
      List<Integer> targets = new ArrayList<>();
      StringBuilder order = new StringBuilder();
      for (long i = 0; i < batches.batchesPerEpoch(); i++) {
        assertThat(batches.position()).isEqualTo(new BatchPosition(epoch, i));
        Batch batch = batches.next();
        order.append(content(batch));
        for (int target : batch.targets()) {
          if (target >= 0) {
            targets.add(target);
          }
        }
      }
      assertThat(targets).containsExactlyInAnyOrderElementsOf(expected);
      orders.add(order.toString());
    }
    assertThat(orders).doesNotHaveDuplicates();
  }

  @Test
  void anotherSeedGivesAnotherOrderAndTheSameSeedTheSame() {
    var store = ArrayTokenStore.random(7, 40, 25, 90);
    String one = content(new TrainingBatches(store, settings(Batching.PACKED), 1).next());
    String again = content(new TrainingBatches(store, settings(Batching.PACKED), 1).next());
    String two = content(new TrainingBatches(store, settings(Batching.PACKED), 2).next());
    assertThat(one).isEqualTo(again).isNotEqualTo(two);
  }

  @Test
  void thePositionAfterAnEpochIsTheStartOfTheNext() {
    var store = ArrayTokenStore.random(8, 10, 25, 90);
    var batches = new TrainingBatches(store, settings(Batching.PACKED), 1);
    batches.seek(new BatchPosition(4, batches.batchesPerEpoch()));
    assertThat(batches.position()).isEqualTo(new BatchPosition(5, 0));
    assertThatThrownBy(() -> batches.seek(new BatchPosition(0, batches.batchesPerEpoch() + 1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BatchPosition(-1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void settingsThatCannotBeAreRefusedWithTheirFlag() {
    assertThatThrownBy(() -> new BatchSettings(Batching.PACKED, LossOn.ALL, 0, 8, EOT))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--batch-size");
    assertThatThrownBy(() -> new BatchSettings(Batching.PACKED, LossOn.ALL, 1, 0, EOT))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--max-seq-length");
    assertThatThrownBy(() -> new BatchSettings(Batching.PACKED, LossOn.ALL, 1 << 20, 1 << 20, EOT))
        .isInstanceOf(UserException.class);
    var empty = new ArrayTokenStore(new int[0][], new int[0]);
    assertThatThrownBy(() -> new TrainingBatches(empty, settings(Batching.PACKED), 1))
        .isInstanceOf(UserException.class);
  }
}
