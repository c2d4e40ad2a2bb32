package io.ghostmoe.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonTokenizerTest {
  /** Lower-cases words: no byte table is possible. */
  private static final String WORDS =
      """
      {"version":"1.0","truncation":{"direction":"Right","max_length":2,"strategy":"LongestFirst",
       "stride":0},"padding":null,
       "added_tokens":[{"id":5,"content":"</s>","single_word":false,"lstrip":false,"rstrip":false,
         "normalized":false,"special":true}],
       "normalizer":{"type":"Lowercase"},"pre_tokenizer":{"type":"Whitespace"},
       "post_processor":null,"decoder":null,
       "model":{"type":"WordLevel","vocab":{"the":0,"cat":1,"é":2,"\uD83D\uDE00":3,"?":4},
         "unk_token":"?"}}
      """;

  @TempDir Path folder;

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  @Test
  void aWordTokenizerHasLengthsThatAddUpToTheText() throws IOException {
    Path mine = Files.createDirectory(folder.resolve("mine"));
    write("mine/tokenizer.json", WORDS);
    try (Tokenizer words = Tokenizers.open(mine.toString())) {
      assertThat(words.name()).isEqualTo("mine");
      assertThat(words.vocabularySize()).isEqualTo(6);
      assertThat(words.endOfText()).isEqualTo(5);
      assertThat(words.hasByteTable()).isFalse();
      String text = "The  CAT é \uD83D\uDE00 cat ";
      Tokenizer.TokenizedText tokens = words.encodeWithLengths(text);
      assertThat(tokens.ids()).containsExactly(0, 1, 2, 3, 1);
      assertThat(tokens.byteLengths()).containsExactly(3, 5, 3, 5, 5);
      assertThat(Arrays.stream(tokens.byteLengths()).sum())
          .isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
      assertThatThrownBy(() -> words.bytes(0)).isInstanceOf(UnsupportedOperationException.class);
      assertThat(words.decode(new int[] {0, 5, 1})).isEqualTo("the cat");
      assertThat(words.encodeWithLengths("").ids()).isEmpty();
    }
  }

  @Test
  void aSpecialTokenInAUsersTextIsOrdinaryText() throws IOException {
    try (Tokenizer words = Tokenizers.open(write("words.json", WORDS).toString())) {
      assertThat(words.name()).isEqualTo("words");
      assertThat(words.encode("cat</s>cat")).doesNotContain(5);
    }
  }

  @Test
  void theConfigurationBesideItNamesEndOfText() throws IOException {
    Path file = write("tokenizer.json", WORDS);
    write("tokenizer_config.json", "{\"eos_token\": {\"content\": \"?\"}}");
    try (Tokenizer words = Tokenizers.open(file.toString())) {
      assertThat(words.endOfText()).isEqualTo(4);
    }
  }

  @Test
  void anotherContentGivesAnotherFingerprint() throws IOException {
    try (Tokenizer a = Tokenizers.open(write("a.json", WORDS).toString());
        Tokenizer same = Tokenizers.open(write("b.json", WORDS).toString());
        Tokenizer b = Tokenizers.open(write("c.json", WORDS + " ").toString())) {
      assertThat(a.fingerprint()).isEqualTo(same.fingerprint()).isNotEqualTo(b.fingerprint());
    }
  }

  @Test
  void whatIsNoTokenizerIsRefusedInOneLine() throws IOException {
    assertRefused("nowhere.json", "no such file");
    assertRefused("bad\u0000name", "no such file");
    assertRefused(write("broken.json", "{\"model\": ").toString(), "not a tokenizer.json");
    assertRefused(write("list.json", "[]").toString(), "holds no object");
    assertRefused(write("empty.json", "{}").toString(), "model.vocab");
    String noEnd = "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0},\"unk_token\":\"a\"}}";
    assertRefused(write("noend.json", noEnd).toString(), "end-of-text");
    assertRefused(write("huge.json", vocabulary(2_000_000_000)).toString(), "model.vocab");
    assertRefused(write("negative.json", vocabulary(-5)).toString(), "model.vocab");
    Path sparse = write("sparse.json", "{");
    try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
      file.setLength(3L << 30);
    }
    assertRefused(sparse.toString(), "exceeds 256 MiB");
  }

  private static String vocabulary(int id) {
    return "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0,\"</s>\":%d}}}".formatted(id);
  }

  @Test
  void twoSpecialTokensOfOneTextAreBothKnown() throws IOException {
    String twice =
        WORDS.replace(
            "\"added_tokens\":[",
            "\"added_tokens\":[{\"id\":9,\"content\":\"</s>\",\"special\":true},");
    try (Tokenizer words = Tokenizers.open(write("twice.json", twice).toString())) {
      assertThat(words.vocabularySize()).isEqualTo(10);
      assertThat(words.endOfText()).isEqualTo(5);
    }
  }

  private static void assertRefused(String specification, String reason) {
    assertThatThrownBy(() -> Tokenizers.open(specification))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--tokenizer")
        .hasMessageContaining(reason);
  }
}
