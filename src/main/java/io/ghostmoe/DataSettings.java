package io.ghostmoe;

import io.ghostmoe.Setting.Group;
import io.ghostmoe.SettingType.ChoiceType;
import io.ghostmoe.SettingType.IntegerType;
import io.ghostmoe.SettingType.PathType;
import io.ghostmoe.SettingType.SwitchType;
import io.ghostmoe.SettingType.TextType;
import java.nio.file.Path;
import java.util.List;

/** What to train on, and how it becomes batches. */
public final class DataSettings {
  private static final Group GROUP = Group.DATA;

  /**
   * A file of one of the {@link io.ghostmoe.data.source.Source#KINDS}, looked for as named and then
   * in {@link #DATA_DIR}; else a dataset of the Hub, as {@code org/name} or {@code
   * hf://datasets/org/name@revision/path}. Absent: {@link TrainSettings#layered} without a file
   * begins with the preset {@code quickstart}; refused everywhere else.
   */
  public static final Setting<String> DATASET =
      Setting.open(
          GROUP,
          "dataset",
          new TextType("NAME|FILE", false),
          "the preset quickstart where no --config is given",
          "a file of records or text, or a Hub dataset such as openai/gsm8k");

  /**
   * Where to look for the dataset: {@code local_file} or {@code huggingface}. Absent: a file if
   * there is one of that name, else the Hub.
   */
  public static final Setting<String> DATASET_SOURCE =
      Setting.open(
          GROUP,
          "dataset_source",
          new ChoiceType(List.of("huggingface", "local_file")),
          "a file if there is one of that name, else the Hub",
          "where to look for the dataset");

  /**
   * Configuration of a Hub dataset; refused with a file. Absent: the dataset's own default, where
   * it has one.
   */
  public static final Setting<String> DATASET_CONFIG =
      Setting.open(
          GROUP,
          "dataset_config",
          new TextType("NAME", false),
          "the dataset's own default",
          "configuration of a Hub dataset, such as main");

  /**
   * Branch, tag or commit of a Hub dataset; refused with a file. Absent: {@code main}. A run keeps
   * the commit that it was.
   */
  public static final Setting<String> REVISION =
      Setting.open(
          GROUP,
          "revision",
          new TextType("REV", false),
          "main",
          "branch, tag or commit of a Hub dataset");

  /**
   * File to evaluate on, of the kinds that {@link #DATASET} can be. Absent: a Hub dataset's split
   * validation, else test, else dev; where there is none, and of a file, a part of the dataset,
   * drawn by {@link RunSettings#SEED}: a tenth, or just as many samples as are asked for where both
   * numbers are given and there are as many.
   */
  public static final Setting<Path> EVAL_FILE =
      Setting.open(
          GROUP,
          "eval_file",
          new PathType("FILE"),
          "a split of the dataset, or a seeded part of it",
          "file to evaluate on");

  /**
   * Records to train on, drawn by the seed: 1 or more, −1 for all; more than there are take all.
   */
  public static final Setting<Integer> NUM_TRAIN_SAMPLES =
      Setting.of(
          GROUP,
          "num_train_samples",
          new IntegerType(-1, Integer.MAX_VALUE),
          -1,
          "records to train on, -1 for all");

  /**
   * Records to evaluate on, drawn by the seed: 1 or more, −1 for all; more than there are take all.
   */
  public static final Setting<Integer> NUM_EVAL_SAMPLES =
      Setting.of(
          GROUP,
          "num_eval_samples",
          new IntegerType(-1, Integer.MAX_VALUE),
          -1,
          "records to evaluate on, -1 for all");

  /** Records that may be unusable, and are left out, before the run fails; 0 or more. */
  public static final Setting<Integer> MAX_BAD_RECORDS =
      Setting.of(
          GROUP,
          "max_bad_records",
          new IntegerType(0, Integer.MAX_VALUE),
          0,
          "records that may be unusable before the run fails");

  /** Whether a document whose text was there before is left out; {@code prepare} says how many. */
  public static final Setting<Boolean> DEDUPLICATE =
      Setting.of(
          GROUP, "deduplicate", new SwitchType(), false, "leave out texts that were there before");

  /** Tokens in one row of a batch, T, and so all that the model sees at once; 1 to 1,048,576. */
  public static final Setting<Integer> MAX_SEQ_LENGTH =
      Setting.of(
          GROUP,
          "max_seq_length",
          new IntegerType(1, 1 << 20),
          256,
          "tokens in one row of a batch");

  /** {@code gpt2}, {@code byte}, or the path of a {@code tokenizer.json}. */
  public static final Setting<String> TOKENIZER =
      Setting.of(
          GROUP,
          "tokenizer",
          new TextType("gpt2|byte|FILE", false),
          "gpt2",
          "tokenizer, or the path of a tokenizer.json");

  /**
   * Field of the question, or the path to it inside a record, such as {@code a.b[0].c}. Where this,
   * {@link #ANSWER_FIELD} or {@link #TEXT_FIELD} is named, records of a kind that is not are
   * unusable. Absent: {@code question}.
   */
  public static final Setting<String> QUESTION_FIELD =
      Setting.open(
          GROUP,
          "question_field",
          new TextType("NAME", false),
          "question",
          "field of the question, or its path, such as a.b[0]");

  /**
   * Field of the answer or its path, another than {@link #QUESTION_FIELD}. Absent: {@code answer}.
   */
  public static final Setting<String> ANSWER_FIELD =
      Setting.open(
          GROUP,
          "answer_field",
          new TextType("NAME", false),
          "answer",
          "field of the answer, or its path");

  /** Field of a plain text or of a list of messages, or its path. Absent: {@code text}. */
  public static final Setting<String> TEXT_FIELD =
      Setting.open(
          GROUP,
          "text_field",
          new TextType("NAME", false),
          "text",
          "field of a plain text or of messages, or its path");

  /**
   * {@code packed}, documents end to end without padding, or {@code padded}, one a row, where what
   * is longer than the row is cut; a {@link io.ghostmoe.data.batch.Batching}.
   */
  public static final Setting<String> BATCHING =
      Setting.of(
          GROUP,
          "batching",
          new ChoiceType(List.of("packed", "padded")),
          "packed",
          "documents end to end without padding, or one a row");

  /**
   * Which tokens are scored: {@code all}, or those of answers alone, {@code answer}; a {@link
   * io.ghostmoe.data.batch.LossOn}.
   */
  public static final Setting<String> LOSS_ON =
      Setting.of(
          GROUP,
          "loss_on",
          new ChoiceType(List.of("all", "answer")),
          "all",
          "score every token, or those of answers alone");

  /** Folder in which a dataset is looked for that is not there as named. */
  public static final Setting<Path> DATA_DIR =
      Setting.of(
              GROUP,
              "data_dir",
              new PathType("DIR"),
              Path.of("data"),
              "where local datasets are looked for too")
          .free();

  /** Folder in which prepared tokens are kept; made when it is needed. */
  public static final Setting<Path> CACHE_DIR =
      Setting.of(
              GROUP,
              "cache_dir",
              new PathType("DIR"),
              Path.of("data-preprocessed"),
              "where prepared tokens are kept")
          .free();

  static final List<Setting<?>> ALL =
      List.of(
          DATASET,
          DATASET_SOURCE,
          DATASET_CONFIG,
          REVISION,
          EVAL_FILE,
          NUM_TRAIN_SAMPLES,
          NUM_EVAL_SAMPLES,
          MAX_BAD_RECORDS,
          DEDUPLICATE,
          MAX_SEQ_LENGTH,
          TOKENIZER,
          QUESTION_FIELD,
          ANSWER_FIELD,
          TEXT_FIELD,
          BATCHING,
          LOSS_ON,
          DATA_DIR,
          CACHE_DIR);

  private DataSettings() {}
}
