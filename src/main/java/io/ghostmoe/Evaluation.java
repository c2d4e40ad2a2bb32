package io.ghostmoe;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What an evaluation of a trained model found.
 *
 * @param run its name
 * @param step of the checkpoint
 * @param device what was computed on
 * @param file that was evaluated on; empty for the run's own evaluation split
 * @param documents that were
 * @param targets that were scored
 * @param loss mean nats a target; of the latest checkpoint on all of its run's own split the same,
 *     to the bit, as {@code final_eval_loss} in {@code summary.json}
 * @param bitsPerByte bits a UTF-8 byte of the scored targets
 * @param perplexity e to the loss
 * @param exactMatch of greedy answers; empty where the documents have no answers, or none was
 *     wanted
 * @param seconds that it took, without loading and preparing
 */
public record Evaluation(
    String run,
    long step,
    String device,
    Optional<Path> file,
    int documents,
    long targets,
    double loss,
    double bitsPerByte,
    double perplexity,
    Optional<ExactMatch> exactMatch,
    double seconds) {

  /**
   * How many greedy answers are the reference, white space at both ends aside.
   *
   * @param right answers
   * @param total questions that were asked
   * @param tooLong of them, whose reference has more tokens than an answer was allowed
   */
  public record ExactMatch(int right, int total, int tooLong) {
    /** {@return the share of right answers, in [0, 1]} */
    public double share() {
      return (double) right / total;
    }
  }
}
