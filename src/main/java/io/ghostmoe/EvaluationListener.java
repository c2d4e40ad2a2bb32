package io.ghostmoe;

import io.ghostmoe.data.PrepareProgress;

/** Hears how an evaluation goes, and can stop it. Called on the thread that evaluates. */
public interface EvaluationListener {
  /** Hears nothing, stops nothing. */
  EvaluationListener SILENT = new EvaluationListener() {};

  /** What is being done. */
  enum Phase {
    /** The loss is taken, batch by batch. */
    LOSS,
    /** Questions are answered, one by one. */
    ANSWERS
  }

  /** The data are being prepared. */
  default void onPrepare(PrepareProgress progress) {}

  /** How many batches, or questions, of how many are done. */
  default void onProgress(Phase phase, long done, long total) {}

  /**
   * Asked at every batch and every token; true ends the evaluation with a {@link
   * java.util.concurrent.CancellationException}.
   */
  default boolean cancelled() {
    return false;
  }
}
