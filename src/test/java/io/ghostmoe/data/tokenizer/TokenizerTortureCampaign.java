package io.ghostmoe.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** All 24 MB of it, which the reference takes a minute for. */
class TokenizerTortureCampaign {
  @Test
  void everyCodePointIsTakenForTheSameKind() {
    assertThat(TokenizerTortureTest.differing(_ -> true)).isEmpty();
  }
}
