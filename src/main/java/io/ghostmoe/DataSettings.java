package io.ghostmoe;

import io.ghostmoe.Setting.Group;
import io.ghostmoe.SettingType.ChoiceType;
import io.ghostmoe.SettingType.IntegerType;
import io.ghostmoe.SettingType.PathType;
import io.ghostmoe.SettingType.TextType;
import java.nio.file.Path;
import java.util.List;

/** What to train on, and how it becomes batches. */
public final class DataSettings {
  private static final Group GROUP = Group.DATA;

  public static final Setting<String> DATASET =
      Setting.open(
          GROUP,
          "dataset",
          new TextType("NAME|FILE", false),
          "the preset quickstart where no --config is given",
          "a .json, .jsonl or .txt file; the Hub is not in this version");

  public static final Setting<String> DATASET_SOURCE =
      Setting.open(
          GROUP,
          "dataset_source",
          new ChoiceType(List.of("huggingface", "local_file")),
          "a file if there is one of that name, else the Hub",
          "where to look for the dataset");

  public static final Setting<String> DATASET_CONFIG =
      Setting.open(
          GROUP,
          "dataset_config",
          new TextType("NAME", false),
          "the dataset's own default",
          "configuration of a Hub dataset, such as main; not in this version");

  public static final Setting<String> REVISION =
      Setting.open(
          GROUP,
          "revision",
          new TextType("REV", false),
          "main",
          "branch, tag or commit of a Hub dataset; not in this version");

  public static final Setting<Path> EVAL_FILE =
      Setting.open(
          GROUP,
          "eval_file",
          new PathType("FILE"),
          "a seeded part of the dataset",
          "file to evaluate on");

  public static final Setting<Integer> NUM_TRAIN_SAMPLES =
      Setting.of(
          GROUP,
          "num_train_samples",
          new IntegerType(-1, Integer.MAX_VALUE),
          -1,
          "records to train on, -1 for all");

  public static final Setting<Integer> NUM_EVAL_SAMPLES =
      Setting.of(
          GROUP,
          "num_eval_samples",
          new IntegerType(-1, Integer.MAX_VALUE),
          -1,
          "records to evaluate on, -1 for all");

  public static final Setting<Integer> MAX_BAD_RECORDS =
      Setting.of(
          GROUP,
          "max_bad_records",
          new IntegerType(0, Integer.MAX_VALUE),
          0,
          "records that may be unusable before the run fails");

  public static final Setting<Integer> MAX_SEQ_LENGTH =
      Setting.of(
          GROUP,
          "max_seq_length",
          new IntegerType(1, 1 << 20),
          256,
          "tokens in one row of a batch");

  public static final Setting<String> TOKENIZER =
      Setting.of(
          GROUP,
          "tokenizer",
          new TextType("gpt2|byte|FILE", false),
          "gpt2",
          "tokenizer, or the path of a tokenizer.json");

  public static final Setting<String> QUESTION_FIELD =
      Setting.open(
          GROUP,
          "question_field",
          new TextType("NAME", false),
          "question",
          "field of the question");

  public static final Setting<String> ANSWER_FIELD =
      Setting.open(
          GROUP, "answer_field", new TextType("NAME", false), "answer", "field of the answer");

  public static final Setting<String> TEXT_FIELD =
      Setting.open(
          GROUP, "text_field", new TextType("NAME", false), "text", "field of a plain text");

  public static final Setting<String> BATCHING =
      Setting.of(
          GROUP,
          "batching",
          new ChoiceType(List.of("packed", "padded")),
          "packed",
          "documents end to end without padding, or one a row");

  public static final Setting<String> LOSS_ON =
      Setting.of(
          GROUP,
          "loss_on",
          new ChoiceType(List.of("all", "answer")),
          "all",
          "score every token, or those of answers alone");

  public static final Setting<Path> DATA_DIR =
      Setting.of(
              GROUP,
              "data_dir",
              new PathType("DIR"),
              Path.of("data"),
              "where local datasets are looked for too")
          .free();

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
