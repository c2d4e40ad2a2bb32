package io.ghostmoe.data.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.RandomTexts;
import org.junit.jupiter.api.Test;

class SafeNamesTest {
  @Test
  void usualNamesStayAsTheyAre() {
    assertThat(SafeNames.of("openai-gsm8k_v1.2")).isEqualTo("openai-gsm8k_v1.2");
  }

  @Test
  void nothingThatLeadsOutOfAFolderSurvives() {
    assertThat(SafeNames.of("../../etc/passwd")).isEqualTo("_._.._etc_passwd");
    assertThat(SafeNames.of("..")).isEqualTo("_");
    assertThat(SafeNames.of("")).isEqualTo("_");
    assertThat(SafeNames.of("C:\\x")).isEqualTo("C__x");
    assertThat(SafeNames.of("x.")).isEqualTo("x");
  }

  @Test
  void everyTextBecomesASafeName() {
    for (long seed = 0; seed < 300; seed++) {
      String name = SafeNames.of(RandomTexts.text(seed, 100));
      assertThat(name).as("seed %d", seed).matches("[A-Za-z0-9_-]([A-Za-z0-9._-]*[A-Za-z0-9_-])?");
      assertThat(name.length()).as("seed %d", seed).isBetween(1, 60);
    }
  }
}
