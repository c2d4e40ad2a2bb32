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

  /**
   * Hears that the data are being prepared.
   *
   * @param progress how far that is
   */
  default void onPrepare(PrepareProgress progress) {}

  /**
   * Hears how far a phase is.
   *
   * @param phase what is being done
   * @param done batches, or questions, that are done: from 0 to the total
   * @param total of them
   */
  default void onProgress(Phase phase, long done, long total) {}

  /**
   * Asked at every record that is prepared, every batch and every token.
   *
   * @return whether to end the evaluation with a {@link java.util.concurrent.CancellationException}
   */
  default boolean cancelled() {
    return false;
  }
}
