package io.ghostmoe.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.data.RandomTexts;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ByteTokenizerTest {
  private final Tokenizer bytes = Tokenizers.open("byte");

  @Test
  void idsAreTheUtf8Bytes() {
    assertThat(bytes.encode("Aé")).containsExactly(0x41, 0xC3, 0xA9);
    assertThat(bytes.vocabularySize()).isEqualTo(257);
    assertThat(bytes.endOfText()).isEqualTo(256);
    assertThat(bytes.bytes(256)).isEmpty();
  }

  @Test
  void everyTextComesBack() {
    for (long seed = 0; seed < 100; seed++) {
      String text = RandomTexts.text(seed, 60);
      Tokenizer.TokenizedText tokens = bytes.encodeWithLengths(text);
      assertThat(bytes.decode(tokens.ids())).as("seed %d", seed).isEqualTo(text);
      assertThat(tokens.byteLengths()).hasSize(text.getBytes(StandardCharsets.UTF_8).length);
      assertThat(tokens.byteLengths()).containsOnly(text.isEmpty() ? new int[0] : new int[] {1});
    }
  }

  @Test
  void anIdOutsideTheVocabularyIsRefused() {
    assertThatThrownBy(() -> bytes.decode(new int[] {257}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> bytes.bytes(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
