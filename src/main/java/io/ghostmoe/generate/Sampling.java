package io.ghostmoe.generate;

import io.ghostmoe.base.UserException;

/**
 * How the next token is drawn.
 *
 * @param temperature divides the logits; 0 takes the likeliest token
 * @param topK only the k likeliest tokens are drawn; 0 for all
 * @param topP only the likeliest tokens whose probabilities reach p together; 1 for all
 * @param seed of the draws
 */
public record Sampling(double temperature, int topK, double topP, long seed) {
  /** The likeliest token, always. */
  public static final Sampling GREEDY = new Sampling(0, 0, 1, 0);

  /**
   * Checks the ranges.
   *
   * @throws UserException where a number is out of its range; the message names the flag
   */
  public Sampling {
    if (!(temperature >= 0) || Double.isInfinite(temperature)) {
      throw UserException.input(
          "--temperature %s: must be a number from 0 (the likeliest token) upwards."
              .formatted(temperature));
    }
    if (topK < 0) {
      throw UserException.input("--sample-top-k %d: must be 0 (all) or more.".formatted(topK));
    }
    if (!(topP > 0 && topP <= 1)) {
      throw UserException.input("--top-p %s: must be above 0 and at most 1.".formatted(topP));
    }
  }
}
