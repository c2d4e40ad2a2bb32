package io.ghostmoe.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnicodeTest {
  @Test
  void loneSurrogatesAreFoundAndPairsAreNot() {
    assertThat(Unicode.loneSurrogate("")).isEqualTo(-1);
    assertThat(Unicode.loneSurrogate("naïve \uD83D\uDE00 end")).isEqualTo(-1);
    assertThat(Unicode.loneSurrogate("ab\uD83D")).isEqualTo(2);
    assertThat(Unicode.loneSurrogate("\uDE00ab")).isZero();
    assertThat(Unicode.loneSurrogate("\uD83D\uD83D\uDE00")).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "plain",
        "\u007F\u0080",
        "\u07FF\u0800",
        "\uD7FF\uE000\uFFFF",
        "漢字かな",
        "\uD83D\uDE00",
        "a\u00E9漢\uD83D\uDC68\u200D\uD83D\uDC69"
      })
  void aTextTakesAsManyBytesAsItHasInUtf8(String text) {
    assertThat(Unicode.utf8Length(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
  }
}
