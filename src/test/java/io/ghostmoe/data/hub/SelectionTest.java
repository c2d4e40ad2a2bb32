package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Which files of real datasets' layouts are chosen for what. */
class SelectionTest {
  private static Selection select(@Nullable String config, String card, String... paths) {
    List<RepoFile> files = Stream.of(paths).map(path -> new RepoFile(path, 1)).toList();
    JsonNode json = new JsonMapper().readTree(card);
    return new Selector(HubDataset.of("org/name", config, null)).select(json, files).orElseThrow();
  }

  private static List<String> paths(List<RepoFile> files) {
    return files.stream().map(RepoFile::path).toList();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "main/train-00000-of-00001.jsonl, train",
        "train.jsonl, train",
        "data/test.txt, test",
        "a/validation/0000.jsonl, validation",
        "a/partial-train/0000.jsonl, train",
        "TinyStoriesV2-GPT4-valid.txt, validation",
        "gsm8k_dev.jsonl, dev",
        "x/val_1.json, validation",
        "data/train_sft-00000-of-00003.jsonl, train_sft",
        "data/eval.json, test",
        "latest.txt, -",
        "constraint.txt, -",
        "training/part1.txt, train",
        "a-train-00000-of-00001.txt, train"
      })
  void filesAreCalledAfterTheirSplit(String path, @Nullable String split) {
    assertThat(SplitNames.of(path).orElse(null)).isEqualTo(split);
  }

  @Test
  void evaluationIsValidationThenTestThenDev() {
    assertThat(select(null, "{}", "train.txt", "dev.txt", "test.txt", "val.txt").evalSplit())
        .isEqualTo("validation");
    assertThat(select(null, "{}", "train.txt", "dev.txt", "test.txt").evalSplit())
        .isEqualTo("test");
    assertThat(select(null, "{}", "train.txt", "dev.txt").evalSplit()).isEqualTo("dev");
    assertThat(select(null, "{}", "train.txt").eval()).isEmpty();
  }

  @Test
  void foldersAreConfigurations() {
    String[] files = {
      "main/train-00000-of-00001.jsonl",
      "main/test-00000-of-00001.jsonl",
      "socratic/train-00000-of-00001.jsonl",
      "README.md",
      ".gitattributes"
    };
    assertThat(paths(select("socratic", "{}", files).train()))
        .containsExactly("socratic/train-00000-of-00001.jsonl");
    assertThatThrownBy(() -> select(null, "{}", files))
        .isInstanceOf(UserException.class)
        .hasMessage(
            "org/name has 2 configurations and no default: pass --dataset-config with one of main,"
                + " socratic.");
  }

  @Test
  void whatLiesInNoFolderOrInDataIsTheDefault() {
    Selection root = select(null, "{}", "data/train-00000-of-00001.jsonl", "extra/train.jsonl");
    assertThat(root.config()).isEqualTo("default");
    assertThat(paths(root.train())).containsExactly("data/train-00000-of-00001.jsonl");
    assertThat(select(null, "{}", "plain/train.txt", "plain/test.txt").config()).isEqualTo("plain");
    assertThat(select("en", "{}", "data/en/train/1.txt", "data/de/train/1.txt").train()).hasSize(1);
  }

  @Test
  void filesOfNoSplitTrainWhereNoneHasOne() {
    assertThat(paths(select(null, "{}", "b.jsonl", "a.jsonl").train()))
        .containsExactly("a.jsonl", "b.jsonl");
    assertThat(paths(select(null, "{}", "train.jsonl", "notes.jsonl").train()))
        .containsExactly("train.jsonl");
  }

  @Test
  void ofSeveralKindsOneIsTaken() {
    assertThat(paths(select(null, "{}", "train.txt", "train.jsonl", "test.txt").train()))
        .containsExactly("train.jsonl");
  }

  @Test
  void theCardHasTheSay() {
    String card =
        """
        {"configs": [
          {"config_name": "small", "data_files": [
            {"split": "train", "path": ["x/a-*", "x/b.txt"]}, {"split": "val", "path": "y/**"}]},
          {"config_name": "large", "default": true, "data_files": "x/*"}]}
        """;
    String[] files = {"x/a-1.txt", "x/a-2.txt", "x/b.txt", "x/c.txt", "y/z/d.txt"};
    Selection small = select("small", card, files);
    assertThat(paths(small.train())).containsExactly("x/a-1.txt", "x/a-2.txt", "x/b.txt");
    assertThat(small.evalSplit()).isEqualTo("validation");
    assertThat(paths(small.eval())).containsExactly("y/z/d.txt");
    Selection large = select(null, card, files);
    assertThat(large.config()).isEqualTo("large");
    assertThat(large.train()).hasSize(4);
  }

  @Test
  void aCardThatNamesNothingIsPassedOver() {
    for (String card :
        List.of(
            "{\"configs\": 5}",
            "{\"configs\": [{}]}",
            "[]",
            "null",
            "{\"configs\": [{\"config_name\": \"x\", \"data_files\": \"../../*\"}]}")) {
      assertThat(select(null, card, "train.txt").config()).isEqualTo("default");
    }
  }
}
