package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource({
    "main/train-*, main/train-00000.parquet, true",
    "main/train-*, main/x/train-0, false",
    "*.jsonl, a.jsonl, true",
    "*.jsonl, b/a.jsonl, false",
    "**/*.jsonl, b/c/a.jsonl, true",
    "**/*.jsonl, a.jsonl, true",
    "**, a/b/c, true",
    "data/**, data/a/b, true",
    "data/**, datb/a, false",
    "a?c, abc, true",
    "a?c, a/c, false",
    "a*c, ac, true",
    "data, data/x/y.json, true",
    "data, database/x.json, false",
    "a/b.txt, a/b.txt, true",
    "a/b.txt, a/b.txt2, false",
    "a/**/b, a/b, true",
    "a/**/b, a/x/y/b, true",
    "a/**/b, axb, false",
    "*, a, true",
    "a*, b, false",
    "*a*a*, banana, true",
    "*.json, ajson, false"
  })
  void patternsMatchAsInAShell(String pattern, String path, boolean matches) {
    assertThat(new Glob(pattern).matches(path)).isEqualTo(matches);
  }

  @Test
  void noPatternTakesForEver() {
    String path = "a".repeat(1_000);
    assertThat(new Glob("**a".repeat(300) + "b").matches(path)).isFalse();
    assertThat(new Glob("*a".repeat(300)).matches(path)).isTrue();
    assertThatCode(() -> new Glob("*".repeat(5_000)).matches(path)).doesNotThrowAnyException();
  }
}
