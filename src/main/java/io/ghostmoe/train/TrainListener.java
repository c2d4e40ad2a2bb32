package io.ghostmoe.train;

import io.ghostmoe.data.PrepareProgress;
import io.ghostmoe.moe.ghost.Wake;

/** Hears how a run goes, and can stop it. Called on the thread that trains, between steps. */
public interface TrainListener {
  /** Hears nothing, stops nothing. */
  TrainListener SILENT = new TrainListener() {};

  /** The data are being prepared. */
  default void onPrepare(PrepareProgress progress) {}

  /** The run begins. */
  default void onStart(RunStart start) {}

  /** A ghost expert wakes with the step that is under way. */
  default void onWake(Wake wake) {}

  /** A step is done; called for every step, logged or not. */
  default void onStep(StepMetrics metrics) {}

  /** An evaluation is done. */
  default void onEvaluation(EvaluationMetrics evaluation) {}

  /** A checkpoint is on disk. */
  default void onCheckpoint(long step, boolean best) {}

  /** One line that the user should see. */
  default void onNote(String line) {}

  /** The trained model's answer to a question of the evaluation split, beside the right one. */
  default void onSample(String prompt, String completion, String expected) {}

  /** Asked after every step; true makes the run save and end without another evaluation. */
  default boolean cancelled() {
    return false;
  }
}
