package io.ghostmoe.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AnswerLossTest {
  private static final int EOT = 99;

  @ParameterizedTest
  @EnumSource(Batching.class)
  void onlyAnswersAndTheirClosingEndOfTextAreScored(Batching batching) {
    for (long seed = 1; seed <= 10; seed++) {
      int length = batching == Batching.PADDED ? 20 : (int) (3 + seed);
      var store = ArrayTokenStore.random(seed, 25, 18, 90);
      List<Integer> expected = new ArrayList<>();
      long expectedBytes = 0;
      for (int d = 0; d < store.documents(); d++) {
        for (int t = store.answerStart(d); t < store.length(d); t++) {
          expected.add(store.token(store.start(d) + t));
          expectedBytes += store.byteLength(store.start(d) + t);
        }
        expected.add(EOT);
      }
      var settings = new BatchSettings(batching, LossOn.ANSWER, 2, length, EOT);
      List<Integer> scored = new ArrayList<>();
      long bytes = 0;
      long real = 0;
      int count = 0;
      for (Batch batch : new EvaluationBatches(store, settings)) {
        for (int target : batch.targets()) {
          if (target >= 0) {
            scored.add(target);
          }
        }
        bytes += batch.scoredBytes();
        count += batch.scoredTargets();
        real += batch.realTokens();
      }
      assertThat(scored).as("seed %d", seed).isEqualTo(expected);
      assertThat(count).isEqualTo(expected.size());
      assertThat(bytes).isEqualTo(expectedBytes);
      assertThat(real).isEqualTo(store.tokens() + store.documents());
    }
  }

  @Test
  void plainTextHasNoAnswerToScore() {
    var store = new ArrayTokenStore(new int[][] {{1}, {2}}, new int[] {0, -1});
    var settings = new BatchSettings(Batching.PACKED, LossOn.ANSWER, 1, 4, EOT);
    assertThatThrownBy(() -> new TrainingBatches(store, settings, 1))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("document 1 of the training split")
        .hasMessageContaining("--loss-on all");
  }
}
