package io.ghostmoe.train;

import io.ghostmoe.data.PrepareProgress;
import io.ghostmoe.moe.ghost.Wake;

/** Hears how a run goes, and can stop it. Called on the thread that trains, between steps. */
public interface TrainListener {
  /** Hears nothing, stops nothing. */
  TrainListener SILENT = new TrainListener() {};

  /**
   * Hears that the data are being prepared.
   *
   * @param progress how far that is
   */
  default void onPrepare(PrepareProgress progress) {}

  /**
   * Hears that the run begins, before its first step.
   *
   * @param start what it is about to do
   */
  default void onStart(RunStart start) {}

  /**
   * Hears that a ghost expert wakes with the step that is under way.
   *
   * @param wake which one, when and why
   */
  default void onWake(Wake wake) {}

  /**
   * Hears that a step is done; called for every step, logged or not.
   *
   * @param metrics of the step
   */
  default void onStep(StepMetrics metrics) {}

  /**
   * Hears that an evaluation is done.
   *
   * @param evaluation what it found
   */
  default void onEvaluation(EvaluationMetrics evaluation) {}

  /**
   * Hears that a checkpoint is on disk.
   *
   * @param step optimizer steps that were done when it was taken
   * @param best whether its evaluation loss is the lowest of the run so far
   */
  default void onCheckpoint(long step, boolean best) {}

  /**
   * Hears what the user should see.
   *
   * @param line without an end of line
   */
  default void onNote(String line) {}

  /**
   * Hears what the trained model answers to a question of the evaluation split.
   *
   * @param prompt the question, as the model was given it
   * @param completion the model's text, cut where it is long
   * @param expected the right answer, as it stands in the split
   */
  default void onSample(String prompt, String completion, String expected) {}

  /**
   * The run is over, and was watched.
   *
   * @param profile of the steps and evaluations of its second half
   */
  default void onProfile(Profile profile) {}

  /**
   * {@return a listener that hears what this one and another hear, in this order, and that stops
   * the run where one of them would}
   *
   * @param other the second
   */
  default TrainListener and(TrainListener other) {
    return new BothListeners(this, other);
  }

  /**
   * Asked in preparation, before every batch of an evaluation and after every step.
   *
   * @return whether to end: in preparation by a {@link java.util.concurrent.CancellationException},
   *     later by saving the run, without another evaluation
   */
  default boolean cancelled() {
    return false;
  }
}
