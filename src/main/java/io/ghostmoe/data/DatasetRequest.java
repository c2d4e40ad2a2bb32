package io.ghostmoe.data;

import io.ghostmoe.base.UserException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which data to prepare, and how.
 *
 * @param dataset where its files are
 * @param evalFile the file to evaluate on; null takes the dataset's own split, or splits it
 * @param questionField name of the question's field; null for {@code question}
 * @param answerField name of the answer's field; null for {@code answer}
 * @param textField name of a plain text's field; null for {@code text}
 * @param tokenizer {@code gpt2}, {@code byte}, or the path of a {@code tokenizer.json}
 * @param numTrainSamples records to train on, −1 for all
 * @param numEvalSamples records to evaluate on, −1 for all
 * @param maxSeqLength tokens a window; part of the entry's name, cuts nothing here
 * @param seed decides the split and which records a limited number takes
 * @param maxBadRecords records that may be unusable before the run fails
 * @param deduplicate whether a text that was there before is left out
 * @param threads that tokenize; the tokens do not depend on them
 */
public record DatasetRequest(
    DatasetOrigin dataset,
    @Nullable Path evalFile,
    @Nullable String questionField,
    @Nullable String answerField,
    @Nullable String textField,
    String tokenizer,
    int numTrainSamples,
    int numEvalSamples,
    int maxSeqLength,
    long seed,
    int maxBadRecords,
    boolean deduplicate,
    int threads) {
  /**
   * Checks the numbers and names.
   *
   * @throws UserException where a number is out of its range or a name is empty; the message names
   *     the flag
   */
  public DatasetRequest {
    requireName("--question-field", questionField);
    requireName("--answer-field", answerField);
    requireName("--text-field", textField);
    requireName("--tokenizer", tokenizer);
    requireCount("--num-train-samples", numTrainSamples);
    requireCount("--num-eval-samples", numEvalSamples);
    if (maxSeqLength < 1) {
      throw UserException.input("--max-seq-length " + maxSeqLength + ": must be 1 or more.");
    }
    if (maxBadRecords < 0) {
      throw UserException.input("--max-bad-records " + maxBadRecords + ": must be 0 or more.");
    }
    if (threads < 1) {
      throw UserException.input("--threads " + threads + ": must be 1 or more.");
    }
  }

  /**
   * {@return a builder with every default set: GPT-2's tokenizer, all records, windows of 256, seed
   * 42, no bad record, a thread a core}
   *
   * @param dataset a file of one of the {@link io.ghostmoe.data.source.Source#KINDS}
   */
  public static Builder builder(Path dataset) {
    return new Builder(new DatasetOrigin.LocalFile(dataset));
  }

  /**
   * {@return the same for a dataset from anywhere}
   *
   * @param dataset where its files are
   */
  public static Builder builder(DatasetOrigin dataset) {
    return new Builder(dataset);
  }

  private static void requireName(String flag, @Nullable String value) {
    if (value != null && value.isBlank()) {
      throw UserException.input(flag + " is empty: give it a value or leave it out.");
    }
  }

  private static void requireCount(String flag, int value) {
    if (value < 1 && value != -1) {
      throw UserException.input(flag + " " + value + ": must be 1 or more, or -1 for all.");
    }
  }

  /** Collects a request. */
  public static final class Builder {
    private final DatasetOrigin dataset;
    private @Nullable Path evalFile;
    private @Nullable String questionField;
    private @Nullable String answerField;
    private @Nullable String textField;
    private String tokenizer = "gpt2";
    private int numTrainSamples = -1;
    private int numEvalSamples = -1;
    private int maxSeqLength = 256;
    private long seed = 42;
    private int maxBadRecords;
    private boolean deduplicate;
    private int threads = Runtime.getRuntime().availableProcessors();

    private Builder(DatasetOrigin dataset) {
      this.dataset = dataset;
    }

    /**
     * Sets {@link DatasetRequest#evalFile()}.
     *
     * @param value the file to evaluate on; null takes the dataset's own split, or splits it
     * @return this
     */
    public Builder evalFile(@Nullable Path value) {
      evalFile = value;
      return this;
    }

    /**
     * Sets {@link DatasetRequest#questionField()}.
     *
     * @param value name of the question's field; null for {@code question}
     * @return this
     */
    public Builder questionField(@Nullable String value) {
      questionField = value;
      return this;
    }

    /**
     * Sets {@link DatasetRequest#answerField()}.
     *
     * @param value name of the answer's field; null for {@code answer}
     * @return this
     */
    public Builder answerField(@Nullable String value) {
      answerField = value;
      return this;
    }

    /**
     * Sets {@link DatasetRequest#textField()}.
     *
     * @param value name of a plain text's field; null for {@code text}
     * @return this
     */
    public Builder textField(@Nullable String value) {
      textField = value;
      return this;
    }

    /**
     * Sets {@link DatasetRequest#tokenizer()}.
     *
     * @param value {@code gpt2}, {@code byte}, or the path of a {@code tokenizer.json}
     * @return this
     */
    public Builder tokenizer(String value) {
      tokenizer = value;
      return this;
    }

    /**
     * Sets {@link DatasetRequest#numTrainSamples()}.
     *
     * @param value 1 or more, or −1 for all
     * @return this
     */
    public Builder numTrainSamples(int value) {
      numTrainSamples = value;
      return this;
    }

    /**
     * Sets {@link DatasetRequest#numEvalSamples()}.
     *
     * @param value 1 or more, or −1 for all
     * @return this
     */
    public Builder numEvalSamples(int value) {
      numEvalSamples = value;
      return this;
    }

    /**
     * Sets {@link DatasetRequest#maxSeqLength()}.
     *
     * @param value tokens a window, 1 or more
     * @return this
     */
    public Builder maxSeqLength(int value) {
      maxSeqLength = value;
      return this;
    }

    /**
     * Sets {@link DatasetRequest#seed()}.
     *
     * @param value any number
     * @return this
     */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * Sets {@link DatasetRequest#maxBadRecords()}.
     *
     * @param value 0 or more
     * @return this
     */
    public Builder maxBadRecords(int value) {
      maxBadRecords = value;
      return this;
    }

    /**
     * Sets {@link DatasetRequest#deduplicate()}.
     *
     * @param value whether a text that was there before is left out
     * @return this
     */
    public Builder deduplicate(boolean value) {
      deduplicate = value;
      return this;
    }

    /**
     * Sets {@link DatasetRequest#threads()}.
     *
     * @param value 1 or more
     * @return this
     */
    public Builder threads(int value) {
      threads = value;
      return this;
    }

    /**
     * {@return the request}
     *
     * @throws UserException where a number is out of its range or a name is empty; the message
     *     names the flag
     */
    public DatasetRequest build() {
      return new DatasetRequest(
          dataset,
          evalFile,
          questionField,
          answerField,
          textField,
          tokenizer,
          numTrainSamples,
          numEvalSamples,
          maxSeqLength,
          seed,
          maxBadRecords,
          deduplicate,
          threads);
    }
  }
}
