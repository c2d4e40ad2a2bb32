package io.ghostmoe.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.RandomTexts;
import io.ghostmoe.data.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class Gpt2TokenizerTest {
  private static final Tokenizer GPT2 = Tokenizers.open("gpt2");

  @AfterAll
  static void close() {
    GPT2.close();
  }

  @Test
  void aKnownSentenceHasItsKnownIds() {
    assertThat(GPT2.encode("Natalia sold 48/2 = <<48/2=24>>24 clips in May."))
        .containsExactly(
            47849, 9752, 2702, 4764, 14, 17, 796, 9959, 2780, 14, 17, 28, 1731, 4211, 1731, 19166,
            287, 1737, 13);
  }

  @Test
  void endOfTextInAUsersTextIsOrdinaryText() {
    int[] ids = GPT2.encode("a<|endoftext|>b");
    assertThat(ids).doesNotContain(GPT2.endOfText()).hasSizeGreaterThan(3);
    assertThat(GPT2.decode(ids)).isEqualTo("a<|endoftext|>b");
  }

  @Test
  void textsLongerThanAnyModelsWindowAreNotTruncated() {
    String text = "the cat ".repeat(5_000).strip();
    assertThat(GPT2.encode(text)).hasSize(10_000);
    assertThat(GPT2.decode(GPT2.encode(text))).isEqualTo(text);
  }

  @Test
  void everyTextComesBackByteForByteAndItsLengthsAddUp() {
    for (long seed = 0; seed < 200; seed++) {
      String text = RandomTexts.text(seed, 80);
      Tokenizer.TokenizedText tokens = GPT2.encodeWithLengths(text);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      int lengths = 0;
      for (int i = 0; i < tokens.ids().length; i++) {
        byte[] part = GPT2.bytes(tokens.ids()[i]);
        assertThat(tokens.byteLengths()[i]).as("seed %d", seed).isEqualTo(part.length);
        bytes.writeBytes(part);
        lengths += tokens.byteLengths()[i];
      }
      byte[] expected = text.getBytes(StandardCharsets.UTF_8);
      assertThat(bytes.toByteArray()).as("seed %d", seed).isEqualTo(expected);
      assertThat(lengths).as("seed %d", seed).isEqualTo(expected.length);
      assertThat(GPT2.decode(tokens.ids())).as("seed %d", seed).isEqualTo(text);
      assertThat(tokens.ids()).as("seed %d", seed).doesNotContain(GPT2.endOfText());
    }
  }

  @Test
  void endOfTextStandsForNoBytes() {
    assertThat(GPT2.vocabularySize()).isEqualTo(50_257);
    assertThat(GPT2.endOfText()).isEqualTo(50_256);
    assertThat(GPT2.bytes(50_256)).isEmpty();
    assertThat(GPT2.decode(new int[] {39, 50_256, 72})).isEqualTo("Hi");
    assertThatThrownBy(() -> GPT2.decode(new int[] {50_257}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("50257");
  }

  @Test
  void halfACharacterIsRefusedInOneLine() {
    assertThatThrownBy(() -> GPT2.encode("a\uD83D"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("U+D83D at index 1");
  }

  @Test
  void theRecoveredMergesAreTheOfficialOnes() throws IOException {
    List<String> official =
        Files.readAllLines(SharedData.file("gpt2-oracle/vocab.bpe"), StandardCharsets.UTF_8);
    Gpt2Vocabulary vocabulary = Gpt2Vocabulary.load();
    ByteLevelAlphabet alphabet = new ByteLevelAlphabet();
    Gpt2Merges merges = new Gpt2Merges(vocabulary);
    List<String> recovered = new ArrayList<>();
    for (int i = 0; i < merges.size(); i++) {
      recovered.add(
          alphabet.spell(vocabulary.bytes(merges.left(i)))
              + " "
              + alphabet.spell(vocabulary.bytes(merges.right(i))));
    }
    assertThat(recovered).isEqualTo(official.subList(1, official.size()));
  }

  @Test
  void theVocabularyIsTheOfficialOne() {
    Path file = SharedData.file("gpt2-oracle/encoder.json");
    JsonNode official = new ObjectMapper().readTree(file.toFile());
    ByteLevelAlphabet alphabet = new ByteLevelAlphabet();
    assertThat(official.size()).isEqualTo(GPT2.vocabularySize());
    for (int id = 0; id < GPT2.endOfText(); id++) {
      byte[] bytes = GPT2.bytes(id);
      assertThat(official.path(alphabet.spell(bytes)).asInt(-1)).isEqualTo(id);
      assertThat(alphabet.bytes(alphabet.spell(bytes))).isEqualTo(bytes);
    }
  }

  @Test
  void theOfficialTokenizerFileGivesTheSameIds() throws IOException {
    Path file = SharedData.file("gpt2-oracle/tokenizer.json");
    List<String> rows = Files.readAllLines(SharedData.file("gsm8k/test.jsonl"));
    try (Tokenizer official = Tokenizers.open(file.toString())) {
      assertThat(official.vocabularySize()).isEqualTo(GPT2.vocabularySize());
      assertThat(official.endOfText()).isEqualTo(GPT2.endOfText());
      for (String row : rows.subList(0, 200)) {
        assertThat(official.encode(row)).isEqualTo(GPT2.encode(row));
      }
      for (long seed = 0; seed < 100; seed++) {
        String text = RandomTexts.text(seed, 80);
        Tokenizer.TokenizedText expected = GPT2.encodeWithLengths(text);
        Tokenizer.TokenizedText actual = official.encodeWithLengths(text);
        assertThat(actual.ids()).as("seed %d", seed).isEqualTo(expected.ids());
        assertThat(actual.byteLengths()).as("seed %d", seed).isEqualTo(expected.byteLengths());
        assertThat(official.decode(actual.ids())).as("seed %d", seed).isEqualTo(text);
      }
    }
  }
}
