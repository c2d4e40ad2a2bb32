package io.ghostmoe.train;

/**
 * The numbers that the loop goes by.
 *
 * @param maxSteps optimizer steps of the whole run
 * @param gradAccumulation micro-batches a step
 * @param logEvery steps from one line of metrics to the next
 * @param evalEvery steps from one evaluation to the next
 * @param saveEvery steps from one checkpoint to the next
 */
public record TrainPlan(
    long maxSteps, int gradAccumulation, int logEvery, int evalEvery, int saveEvery) {
  /** Refuses intervals of nothing. */
  public TrainPlan {
    if (maxSteps < 1 || gradAccumulation < 1 || logEvery < 1 || evalEvery < 1 || saveEvery < 1) {
      throw new IllegalArgumentException(
          "plan: %d steps of %d micro-batches, log every %d, evaluate every %d, save every %d"
              .formatted(maxSteps, gradAccumulation, logEvery, evalEvery, saveEvery));
    }
  }
}
