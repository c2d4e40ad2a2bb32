package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.batch.BatchSettings;
import io.ghostmoe.data.batch.Batching;
import io.ghostmoe.data.batch.LossOn;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which micro-batches are measured, by a clock that a test moves. */
class StepMeasurementTest {
  private static final int ROWS = 8;
  private static final ModelConfig MODEL = new ModelConfig(257, 16, 8, 1, 2, 2, 1, 8, 0, 0, 0);

  /** Between two looks at it pass so many seconds, in the first step and in any other. */
  private static StepMeasurement.Result measured(double inTheFirst, double later) {
    TrainSettings settings =
        TrainSettings.builder()
            .with(DataSettings.DATASET, "a.jsonl")
            .with(ModelSettings.NUM_EXPERTS, MODEL.experts())
            .with(ModelSettings.TOP_K, MODEL.topK())
            .with(OptimizationSettings.BATCH_SIZE, ROWS)
            .with(DataSettings.MAX_SEQ_LENGTH, MODEL.length())
            .with(OptimizationSettings.MAX_STEPS, 100)
            .build()
            .resolve(10);
    int[] steps = {0};
    double[] now = {0};
    try (Backend backend = new VectorBackend(1)) {
      return new StepMeasurement(
              settings,
              MODEL,
              backend,
              new BatchSettings(Batching.PACKED, LossOn.ALL, ROWS, MODEL.length(), 0),
              Optional.empty(),
              () -> {
                steps[0]++;
                return false;
              },
              () -> {
                now[0] += steps[0] == 1 ? inTheFirst : later;
                return (long) (now[0] * 1e9);
              })
          .run();
    }
  }

  @Test
  void aFirstStepThatIsSlowSaysNothingAboutTheOthers() {
    StepMeasurement.Result found = measured(3, 0.1);
    assertThat(found.rows()).isEqualTo(ROWS);
    assertThat(found.stepSeconds()).isBetween(0.199, 0.201); // a tenth for each half
  }

  @Test
  void aRunWhoseEveryStepIsSlowIsMeasuredWithOneRow() {
    StepMeasurement.Result found = measured(3, 2);
    assertThat(found.rows()).isEqualTo(1);
    assertThat(found.stepSeconds()).isBetween(ROWS * 2 + 1.999, ROWS * 2 + 2.001);
  }
}
