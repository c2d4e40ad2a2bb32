package io.ghostmoe.train;

import io.ghostmoe.data.PrepareProgress;
import io.ghostmoe.moe.ghost.Wake;

/** Two listeners as one: both hear everything, the first one first, and either can stop the run. */
record BothListeners(TrainListener first, TrainListener second) implements TrainListener {
  @Override
  public void onPrepare(PrepareProgress progress) {
    first.onPrepare(progress);
    second.onPrepare(progress);
  }

  @Override
  public void onStart(RunStart start) {
    first.onStart(start);
    second.onStart(start);
  }

  @Override
  public void onWake(Wake wake) {
    first.onWake(wake);
    second.onWake(wake);
  }

  @Override
  public void onStep(StepMetrics metrics) {
    first.onStep(metrics);
    second.onStep(metrics);
  }

  @Override
  public void onEvaluation(EvaluationMetrics evaluation) {
    first.onEvaluation(evaluation);
    second.onEvaluation(evaluation);
  }

  @Override
  public void onCheckpoint(long step, boolean best) {
    first.onCheckpoint(step, best);
    second.onCheckpoint(step, best);
  }

  @Override
  public void onProfile(Profile profile) {
    first.onProfile(profile);
    second.onProfile(profile);
  }

  @Override
  public void onNote(String line) {
    first.onNote(line);
    second.onNote(line);
  }

  @Override
  public void onSample(String prompt, String completion, String expected) {
    first.onSample(prompt, completion, expected);
    second.onSample(prompt, completion, expected);
  }

  @Override
  public boolean cancelled() {
    boolean stops = first.cancelled();
    return second.cancelled() || stops; // both are asked: each may have something to note
  }
}
