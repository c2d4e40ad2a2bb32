package io.ghostmoe.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.nio.file.Path;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

class SplitPlanTest {
  private static DatasetRequest request(int train, int eval, long seed) {
    return DatasetRequest.builder(Path.of("rows.jsonl"))
        .numTrainSamples(train)
        .numEvalSamples(eval)
        .seed(seed)
        .build();
  }

  private static BitSet union(BitSet a, BitSet b) {
    BitSet union = (BitSet) a.clone();
    union.or(b);
    return union;
  }

  @Test
  void withoutNumbersATenthEvaluatesAndNothingIsLost() {
    int[][] expected = {{2, 1}, {3, 1}, {10, 1}, {14, 1}, {15, 2}, {95, 10}, {1000, 100}};
    for (int[] pair : expected) {
      int documents = pair[0];
      SplitPlan plan = SplitPlan.ofOne(documents, request(-1, -1, 42));
      assertThat(plan.eval().cardinality()).isEqualTo(pair[1]);
      assertThat(plan.train().intersects(plan.eval())).isFalse();
      assertThat(union(plan.train(), plan.eval()).cardinality()).isEqualTo(documents);
    }
  }

  @Test
  void bothNumbersAreServedExactlyWhereTheyFit() {
    SplitPlan plan = SplitPlan.ofOne(1000, request(800, 200, 42));
    assertThat(plan.train().cardinality()).isEqualTo(800);
    assertThat(plan.eval().cardinality()).isEqualTo(200);
    assertThat(plan.train().intersects(plan.eval())).isFalse();
  }

  @Test
  void numbersThatDoNotFitTakeWhatTheirSplitHolds() {
    SplitPlan plan = SplitPlan.ofOne(1000, request(950, 100, 42));
    assertThat(plan.train().cardinality()).isEqualTo(900);
    assertThat(plan.eval().cardinality()).isEqualTo(100);
    assertThat(plan.note()).contains("900 documents for training (950 were asked for)");
    SplitPlan one = SplitPlan.ofOne(1000, request(-1, 500, 42));
    assertThat(one.eval().cardinality()).isEqualTo(100);
    assertThat(one.note()).contains("(500 were asked for)");
  }

  @Test
  void aSmallerNumberIsAPartOfALargerOne() {
    SplitPlan small = SplitPlan.ofOne(1000, request(10, 5, 42));
    SplitPlan large = SplitPlan.ofOne(1000, request(800, 200, 42));
    SplitPlan all = SplitPlan.ofOne(1000, request(-1, -1, 42));
    assertThat(union(small.train(), large.train())).isEqualTo(large.train());
    assertThat(union(small.eval(), large.eval())).isEqualTo(large.eval());
    assertThat(union(small.train(), all.train())).isEqualTo(all.train());
    assertThat(union(small.eval(), all.eval())).isEqualTo(all.eval());
  }

  @Test
  void theSeedDecides() {
    SplitPlan one = SplitPlan.ofOne(1000, request(100, 20, 1));
    assertThat(SplitPlan.ofOne(1000, request(100, 20, 1)).train()).isEqualTo(one.train());
    assertThat(SplitPlan.ofOne(1000, request(100, 20, 2)).train()).isNotEqualTo(one.train());
  }

  @Test
  void twoFilesServeTheirOwnSplits() {
    SplitPlan plan = SplitPlan.ofTwo(50, 8, "eval.jsonl", request(20, -1, 42));
    assertThat(plan.train().cardinality()).isEqualTo(20);
    assertThat(plan.eval().cardinality()).isEqualTo(8);
  }

  @Test
  void oneDocumentCannotBeSplit() {
    assertThatThrownBy(() -> SplitPlan.ofOne(1, request(-1, -1, 42)))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--eval-file");
  }
}
