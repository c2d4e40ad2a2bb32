package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubDatasetTest {
  @ParameterizedTest
  @CsvSource({
    "openai/gsm8k, openai/gsm8k, main, ''",
    "imdb, imdb, main, ''",
    "hf://datasets/openai/gsm8k, openai/gsm8k, main, ''",
    "hf://datasets/openai/gsm8k/, openai/gsm8k, main, ''",
    "hf://datasets/openai/gsm8k@v1.0, openai/gsm8k, v1.0, ''",
    "hf://datasets/openai/gsm8k@v1.0/main/train-*.parquet, openai/gsm8k, v1.0,"
        + " main/train-*.parquet",
    "hf://datasets/a/b@refs/convert/parquet/c/train, a/b, refs/convert/parquet, c/train",
    "hf://datasets/a/b@refs%2Fpr%2F1/c, a/b, refs/pr/1, c"
  })
  void namesAndAddressesAreUnderstood(
      String name, String repository, String revision, String path) {
    HubDataset dataset = HubDataset.of(name, null, null);
    assertThat(dataset.repository()).isEqualTo(repository);
    assertThat(dataset.revision()).isEqualTo(revision);
    assertThat(dataset.path()).isEqualTo(path);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a/b/c",
        "../a",
        "a/..",
        "/a",
        "a/",
        "a b/c",
        "a--b/c",
        ".a/b",
        "a/b.",
        "-a/b",
        "a/b-",
        "hf://a/b",
        "hf://datasets/a",
        "hf://datasets/a/b/../../c",
        "hf://datasets/../b",
        "hf://datasets/a/b@../c",
        "hf://datasets/a/b@%2e%2e%2fc",
        "https://huggingface.co/a/b"
      })
  void whatIsNoNameIsRefused(String name) {
    assertThatThrownBy(() -> HubDataset.of(name, null, null)).isInstanceOf(UserException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "a/../b", "", "a\\b", "a:b", "a\nb"})
  void aConfigurationOrRevisionThatIsNoneIsRefused(String odd) {
    assertThatThrownBy(() -> HubDataset.of("a/b", odd, null))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--dataset-config");
    assertThatThrownBy(() -> HubDataset.of("a/b", null, odd))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--revision");
  }

  @Test
  void twoRevisionsContradictEachOther() {
    assertThatThrownBy(() -> HubDataset.of("hf://datasets/a/b@v1", null, "v2"))
        .hasMessageContaining("--revision v2 contradicts");
    assertThat(HubDataset.of("hf://datasets/a/b@v1", null, "v1").revision()).isEqualTo("v1");
    assertThat(HubDataset.of("hf://datasets/a/b", null, "v2").revision()).isEqualTo("v2");
  }

  @Test
  void namesOfFilesAreNotTheHubs() {
    assertThat(HubDataset.isPossible("openai/gsm8k")).isTrue();
    assertThat(HubDataset.isPossible("wikitext-2.1")).isTrue();
    assertThat(HubDataset.isPossible("hf://datasets/a/b/c.jsonl")).isTrue();
    assertThat(HubDataset.isPossible("data/rows.jsonl")).isFalse();
    assertThat(HubDataset.isPossible("rows.TXT")).isFalse();
    assertThat(HubDataset.isPossible("a/b/c")).isFalse();
  }
}
