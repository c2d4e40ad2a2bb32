package io.ghostmoe.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import io.ghostmoe.tensor.Draws;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextStreamTest {
  private static final String TEXT = "naïve – 東京 😀👍🏽 e\u0301 ∀x\n𝔘𝔫𝔦\t.";

  private static List<String> pieces(Tokenizer tokenizer, int[] ids) {
    TextStream stream = new TextStream(tokenizer);
    List<String> pieces = new ArrayList<>();
    for (int id : ids) {
      pieces.add(stream.next(id));
    }
    pieces.add(stream.rest());
    return pieces;
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "byte"})
  void anyTokensStreamToExactlyTheirDecodedText(String name) {
    try (Tokenizer tokenizer = Tokenizers.open(name)) {
      for (int seed = 0; seed < 300; seed++) {
        int[] ids = new Draws(seed).below(tokenizer.vocabularySize(), 60);
        assertThat(String.join("", pieces(tokenizer, ids)))
            .as("seed %d", seed)
            .isEqualTo(tokenizer.decode(ids));
      }
    }
  }

  @Test
  void bytesThatLookLikeTextStreamToExactlyTheirDecodedText() {
    // leads and continuations in every wrong order are rare among uniform draws
    int[] alphabet = {0x41, 0x80, 0xBF, 0xC0, 0xC3, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xF5, 0xFF, 0x9F};
    try (Tokenizer tokenizer = Tokenizers.open("byte")) {
      for (int seed = 0; seed < 2000; seed++) {
        int[] ids = new Draws(seed).below(alphabet.length, 12);
        for (int i = 0; i < ids.length; i++) {
          ids[i] = alphabet[ids[i]];
        }
        assertThat(String.join("", pieces(tokenizer, ids)))
            .as("seed %d", seed)
            .isEqualTo(tokenizer.decode(ids));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "byte"})
  void noPieceHoldsHalfACharacter(String name) {
    try (Tokenizer tokenizer = Tokenizers.open(name)) {
      assertWhole(pieces(tokenizer, tokenizer.encode(TEXT)));
    }
  }

  @Test
  void noPieceHoldsHalfACharacterWithoutAByteTableEither() {
    try (Tokenizer tokenizer = new DecodingTokenizer()) {
      assertWhole(pieces(tokenizer, tokenizer.encode(TEXT)));
    }
  }

  private static void assertWhole(List<String> pieces) {
    assertThat(String.join("", pieces)).isEqualTo(TEXT);
    assertThat(pieces).noneMatch(piece -> piece.contains("\uFFFD"));
    for (String piece : pieces) {
      int last = piece.isEmpty() ? 0 : piece.charAt(piece.length() - 1);
      assertThat(Character.isHighSurrogate((char) last)).isFalse();
    }
  }

  @Test
  void wordsAndCharactersInBytesStreamToTheirDecodedTextWithoutAByteTable() {
    try (Tokenizer tokenizer = new DecodingTokenizer()) {
      for (int seed = 0; seed < 300; seed++) {
        int[] ids = mixed(tokenizer, seed);
        assertThat(String.join("", pieces(tokenizer, ids)))
            .as("seed %d", seed)
            .isEqualTo(tokenizer.decode(ids));
      }
    }
  }

  /** Words, and whole characters of one to four bytes. */
  private static int[] mixed(Tokenizer tokenizer, int seed) {
    List<Integer> ids = new ArrayList<>();
    int[] characters = "aé東😀".codePoints().toArray();
    for (int draw : new Draws(seed).below(11, 40)) {
      if (draw < 7) {
        ids.add(256 + draw);
      } else {
        for (int id : tokenizer.encode(Character.toString(characters[draw - 7]))) {
          ids.add(id);
        }
      }
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  @Test
  void textGoesOnAfterBytesThatAreNoTextWithoutAByteTable() {
    try (Tokenizer tokenizer = new DecodingTokenizer()) {
      int[] ids = {256, 0xC3, 0xA9, 0xFF, 257, 258};
      String text = String.join("", pieces(tokenizer, ids));
      assertThat(text).startsWith("the").contains("\uFFFD").endsWith(" a wörld");
    }
  }

  @Test
  void wordsComeAtOnceAndCharactersWithTheirLastByte() {
    try (Tokenizer tokenizer = new DecodingTokenizer()) {
      assertThat(pieces(tokenizer, new int[] {256, 257, 0xF0, 0x9F, 0x98, 0x80, 259}))
          .containsExactly("the", " a", "", "", "", "😀", "s", "");
    }
  }

  @Test
  void aCharacterThatIsCutOffComesAtTheEnd() {
    for (Tokenizer tokenizer : List.of(Tokenizers.open("byte"), new DecodingTokenizer())) {
      try (tokenizer) {
        List<String> pieces = pieces(tokenizer, new int[] {0x41, 0xC3});
        assertThat(pieces.getFirst()).isEqualTo("A");
        assertThat(pieces.get(1)).isEmpty();
        assertThat(pieces.getLast()).isEqualTo("\uFFFD");
      }
    }
  }
}
