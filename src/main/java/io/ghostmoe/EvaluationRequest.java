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

  /** Refuses numbers that ask for nothing; the settings' own messages name the flags. */
  public EvaluationRequest {
    if (documents == 0 || documents < -1 || questions < 0 || maxTokens < 1) {
      throw new IllegalArgumentException(
          "evaluation: %d documents, %d questions, %d tokens an answer"
              .formatted(documents, questions, maxTokens));
    }
  }

  /** The same on another file. */
  public EvaluationRequest on(Path other) {
    return new EvaluationRequest(
        Optional.of(other), documents, questions, maxTokens, maxBadRecords, cacheDir);
  }

  /** The same with fewer documents. */
  public EvaluationRequest withDocuments(int count) {
    return new EvaluationRequest(file, count, questions, maxTokens, maxBadRecords, cacheDir);
  }

  /** The same with fewer questions. */
  public EvaluationRequest withQuestions(int count) {
    return new EvaluationRequest(file, documents, count, maxTokens, maxBadRecords, cacheDir);
  }

  /** The same with answers of another length at most. */
  public EvaluationRequest withMaxTokens(int count) {
    return new EvaluationRequest(file, documents, questions, count, maxBadRecords, cacheDir);
  }
}
