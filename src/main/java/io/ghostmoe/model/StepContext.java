package io.ghostmoe.model;

import io.ghostmoe.base.CounterRandom;

/**
 * What a forward pass in training depends on besides weights and tokens.
 *
 * @param seed of the run
 * @param step optimizer step, from 0
 * @param microBatch within the step, from 0
 * @param lossScale this micro-batch's share of the step's auxiliary losses
 * @param directions whether to measure where the experts' outputs point
 */
public record StepContext(
    long seed, long step, int microBatch, float lossScale, boolean directions) {
  /** For evaluation and generation, where nothing is random and nothing is learned. */
  public static final StepContext EVALUATION = new StepContext(0, 0, 0, 0, false);

  /** The key of the dropout mask at a place of the network. */
  long dropoutKey(int place) {
    return CounterRandom.key(seed, "dropout", step, microBatch, place);
  }
}
