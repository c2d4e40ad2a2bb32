package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.ghostmoe.train.StepMetrics;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Once it is compiled, a step of the whole loop lives on the memory of the step before. */
class SteadyStepTest {
  private static final int WINDOW = 20;
  private static final int MAX_STEPS = 600;
  private static final long MEBIBYTE = 1 << 20;

  @TempDir Path folder;

  /** Measures windows of steps until one is lean, which ends the run. */
  private static final class Allocations implements TrainListener {
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private long before;
    private long leanest = Long.MAX_VALUE;

    @Override
    public void onStep(StepMetrics metrics) {
      if (metrics.step() % WINDOW == 0) {
        long now = threads.getTotalThreadAllocatedBytes();
        if (before > 0) {
          leanest = Math.min(leanest, (now - before) / WINDOW);
        }
        before = threads.getTotalThreadAllocatedBytes();
      }
    }

    @Override
    public boolean cancelled() {
      return leanest < MEBIBYTE;
    }
  }

  @ParameterizedTest(name = "with {0} ghosts on their ramp, in {1} layers, recomputing {2}")
  @CsvSource({"0, 1, false", "1, 1, false", "1, 3, true"})
  void aSteadyStepAllocatesUnderOneMegabyteOverAllThreads(
      int ghosts, int layers, boolean recomputes) throws IOException {
    RunFixture fixture = new RunFixture(folder);
    fixture.writeRows(900);
    Allocations allocations = new Allocations();
    var _ =
        GhostMoE.train(
            fixture
                .settings("a")
                .with(DataSettings.MAX_SEQ_LENGTH, 256)
                .with(ModelSettings.EMBED_DIM, 64)
                .with(ModelSettings.NUM_LAYERS, layers)
                .with(ModelSettings.NUM_EXPERTS, 4)
                .with(ModelSettings.EXPERT_HIDDEN, 256)
                .with(GhostSettings.NUM_GHOST_EXPERTS, ghosts)
                .with(GhostSettings.GHOST_TRIGGER, "step:2")
                .with(GhostSettings.GHOST_RAMP_STEPS, MAX_STEPS)
                .with(OptimizationSettings.BATCH_SIZE, 4)
                .with(OptimizationSettings.MAX_STEPS, MAX_STEPS)
                .with(RunSettings.ACTIVATION_CHECKPOINTING, recomputes)
                .with(RunSettings.EVAL_EVERY, MAX_STEPS)
                .with(RunSettings.SAVE_EVERY, MAX_STEPS)
                .build(),
            allocations);
    assertThat(allocations.leanest)
        .as("bytes a step, over the leanest %d steps running", WINDOW)
        .isLessThan(MEBIBYTE);
  }
}
