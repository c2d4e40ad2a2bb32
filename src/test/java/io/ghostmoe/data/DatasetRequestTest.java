package io.ghostmoe.data;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class DatasetRequestTest {
  @Test
  void everyImpossibleSettingIsRefusedWithItsFlag() {
    assertRefused(b -> b.numTrainSamples(0), "--num-train-samples 0");
    assertRefused(b -> b.numEvalSamples(-2), "--num-eval-samples -2");
    assertRefused(b -> b.maxSeqLength(0), "--max-seq-length 0");
    assertRefused(b -> b.maxBadRecords(-1), "--max-bad-records -1");
    assertRefused(b -> b.questionField(" "), "--question-field");
    assertRefused(b -> b.tokenizer(""), "--tokenizer");
  }

  private static void assertRefused(UnaryOperator<DatasetRequest.Builder> setting, String flag) {
    DatasetRequest.Builder builder = setting.apply(DatasetRequest.builder(Path.of("a.json")));
    assertThatThrownBy(builder::build).isInstanceOf(UserException.class).hasMessageContaining(flag);
  }
}
