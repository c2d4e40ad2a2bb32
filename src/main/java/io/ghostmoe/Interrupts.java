package io.ghostmoe;

import io.ghostmoe.train.EvaluationMetrics;
import io.ghostmoe.train.StepMetrics;
import io.ghostmoe.train.TrainListener;

/**
 * Takes an interrupt of the thread that trains, as {@code Future.cancel(true)} sends it, for a wish
 * to stop. The flag is taken down as soon as it is seen, since a file channel would close under the
 * checkpoint that is to be saved, and put up again at the end.
 *
 * <p>An interrupt that comes while a file is being written fails that one file: the run ends with a
 * {@link io.ghostmoe.base.UserException}, and the checkpoint before it stays.
 */
final class Interrupts implements TrainListener, AutoCloseable {
  private boolean seen;

  private void takeDown() {
    seen |= Thread.interrupted();
  }

  @Override
  public boolean cancelled() {
    takeDown();
    return seen;
  }

  @Override
  public void onStep(StepMetrics metrics) {
    takeDown(); // a save may follow
  }

  @Override
  public void onEvaluation(EvaluationMetrics evaluation) {
    takeDown();
  }

  /** Leaves the thread as interrupted as it was found. */
  @Override
  public void close() {
    if (seen) {
      Thread.currentThread().interrupt();
    }
  }
}
