package io.ghostmoe;

import io.ghostmoe.tensor.Profile;
import io.ghostmoe.train.RunStart;
import io.ghostmoe.train.StepMetrics;
import io.ghostmoe.train.TrainListener;

/** Lets a profile begin with the second half of a run's steps, when the code is compiled. */
final class WarmProfile implements TrainListener {
  private final Profile profile;
  private long middle;

  WarmProfile(Profile profile) {
    this.profile = profile;
  }

  @Override
  public void onStart(RunStart start) {
    middle = start.firstStep() + (start.maxSteps() - start.firstStep()) / 2;
  }

  @Override
  public void onStep(StepMetrics metrics) {
    if (metrics.step() == middle) {
      profile.reset();
    }
  }
}
