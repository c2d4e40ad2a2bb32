package io.ghostmoe;

import io.ghostmoe.data.PrepareProgress;
import io.ghostmoe.moe.ghost.Wake;
import io.ghostmoe.train.EvaluationMetrics;
import io.ghostmoe.train.RunStart;
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
final class InterruptibleListener implements TrainListener, AutoCloseable {
  private final TrainListener listener;
  private boolean interrupted;

  InterruptibleListener(TrainListener listener) {
    this.listener = listener;
  }

  @Override
  public boolean cancelled() {
    takeDown();
    return listener.cancelled() || interrupted;
  }

  private void takeDown() {
    interrupted |= Thread.interrupted();
  }

  /** Leaves the thread as interrupted as it was found. */
  @Override
  public void close() {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void onPrepare(PrepareProgress progress) {
    listener.onPrepare(progress);
  }

  @Override
  public void onStart(RunStart start) {
    listener.onStart(start);
  }

  @Override
  public void onWake(Wake wake) {
    listener.onWake(wake);
  }

  @Override
  public void onStep(StepMetrics metrics) {
    listener.onStep(metrics);
    takeDown(); // a save may follow
  }

  @Override
  public void onEvaluation(EvaluationMetrics evaluation) {
    listener.onEvaluation(evaluation);
    takeDown();
  }

  @Override
  public void onCheckpoint(long step, boolean best) {
    listener.onCheckpoint(step, best);
  }

  @Override
  public void onNote(String line) {
    listener.onNote(line);
  }

  @Override
  public void onSample(String prompt, String completion, String expected) {
    listener.onSample(prompt, completion, expected);
  }
}
