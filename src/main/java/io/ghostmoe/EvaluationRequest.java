package io.ghostmoe;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What to evaluate a trained model on.
 *
 * @param file to evaluate on; empty for the run's own evaluation split
 * @param documents of it, drawn by the run's seed; −1 for all
 * @param questions of these to answer, from the first on; 0 for the loss alone
 * @param maxTokens of an answer
 * @param maxBadRecords that another file may have; empty for as many as the run allowed
 * @param cacheDir where the prepared tokens of the run's data are; empty for the run's own folder
 */
public record EvaluationRequest(
    Optional<Path> file,
    int documents,
    int questions,
    int maxTokens,
    Optional<Integer> maxBadRecords,
    Optional<Path> cacheDir) {
  /** Everything of the run's own evaluation split. */
  public static final EvaluationRequest OWN_SPLIT =
      new EvaluationRequest(
          Optional.empty(), -1, Integer.MAX_VALUE, 128, Optional.empty(), Optional.empty());

  /**
   * Refuses numbers that ask for nothing; the settings' own messages name the flags.
   *
   * @throws IllegalArgumentException where a number is out of its range
   */
  public EvaluationRequest {
    if (documents == 0 || documents < -1 || questions < 0 || maxTokens < 1) {
      throw new IllegalArgumentException(
          "evaluation: %d documents, %d questions, %d tokens an answer"
              .formatted(documents, questions, maxTokens));
    }
  }

  /**
   * {@return the same on another file}
   *
   * @param other a file of one of the {@link io.ghostmoe.data.source.Source#KINDS}; the fields of
   *     its records have the names that the run was told
   */
  public EvaluationRequest on(Path other) {
    return new EvaluationRequest(
        Optional.of(other), documents, questions, maxTokens, maxBadRecords, cacheDir);
  }

  /**
   * {@return the same with another number of documents}
   *
   * @param count 1 or more, −1 for all; more than there are take all
   * @throws IllegalArgumentException where it is 0, or below −1
   */
  public EvaluationRequest withDocuments(int count) {
    return new EvaluationRequest(file, count, questions, maxTokens, maxBadRecords, cacheDir);
  }

  /**
   * {@return the same with another number of questions}
   *
   * @param count 0 or more; 0 for the loss alone, more than there are take all
   * @throws IllegalArgumentException where it is negative
   */
  public EvaluationRequest withQuestions(int count) {
    return new EvaluationRequest(file, documents, count, maxTokens, maxBadRecords, cacheDir);
  }

  /**
   * {@return the same with answers of another length at most}
   *
   * @param count tokens of an answer, 1 or more
   * @throws IllegalArgumentException where it is less
   */
  public EvaluationRequest withMaxTokens(int count) {
    return new EvaluationRequest(file, documents, questions, count, maxBadRecords, cacheDir);
  }
}
