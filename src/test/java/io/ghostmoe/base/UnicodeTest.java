package io.ghostmoe.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnicodeTest {
  @Test
  void loneSurrogatesAreFoundAndPairsAreNot() {
    assertThat(Unicode.loneSurrogate("")).isEqualTo(-1);
    assertThat(Unicode.loneSurrogate("naïve \uD83D\uDE00 end")).isEqualTo(-1);
    assertThat(Unicode.loneSurrogate("ab\uD83D")).isEqualTo(2);
    assertThat(Unicode.loneSurrogate("\uDE00ab")).isZero();
    assertThat(Unicode.loneSurrogate("\uD83D\uD83D\uDE00")).isZero();
  }
}
