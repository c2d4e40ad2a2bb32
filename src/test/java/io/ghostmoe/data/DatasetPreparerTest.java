package io.ghostmoe.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.data.cache.TokenStore;
import io.ghostmoe.data.source.Document;
import io.ghostmoe.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.ObjectMapper;

class DatasetPreparerTest {
  @TempDir Path folder;
  private DatasetFixture fixture;

  @BeforeEach
  void writeRows() throws IOException {
    fixture = new DatasetFixture(folder, 100);
  }

  private static long bytes(TokenStore store) {
    long bytes = 0;
    for (long i = 0; i < store.tokens(); i++) {
      bytes += store.byteLength(i);
    }
    return bytes;
  }

  private static List<String> texts(TokenStore store, Tokenizer tokenizer) {
    List<String> texts = new ArrayList<>();
    for (int d = 0; d < store.documents(); d++) {
      texts.add(tokenizer.decode(ids(store, d)));
    }
    return texts;
  }

  private static int[] ids(TokenStore store, int document) {
    int[] ids = new int[store.length(document)];
    store.copy(store.start(document), ids, 0, ids.length);
    return ids;
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte", "gpt2"})
  void documentsComeBackByteForByteInFileOrder(String tokenizer) {
    Set<String> expected = new TreeSet<>();
    for (int i = 0; i < 100; i++) {
      expected.add("Question: what is %d?\nAnswer: answer %d".formatted(i, i));
    }
    try (PreparedDataset data = fixture.prepare(b -> b.tokenizer(tokenizer))) {
      assertThat(data.kind()).isEqualTo(Manifest.Kind.QA);
      assertThat(data.train().documents()).isEqualTo(90);
      assertThat(data.eval().documents()).isEqualTo(10);
      List<String> train = texts(data.train(), data.tokenizer());
      List<String> eval = texts(data.eval(), data.tokenizer());
      Set<String> all = new TreeSet<>(train);
      all.addAll(eval);
      assertThat(all).isEqualTo(expected);
      assertThat(numbers(train)).isSorted();
      assertThat(numbers(eval)).isSorted();
      checkAnswers(data.train(), data.tokenizer());
    }
  }

  private static List<Integer> numbers(List<String> texts) {
    return texts.stream().map(t -> Integer.valueOf(t.substring(t.lastIndexOf(' ') + 1))).toList();
  }

  /** The answer's first token holds the answer's first byte. */
  private static void checkAnswers(TokenStore store, Tokenizer tokenizer) {
    for (int d = 0; d < store.documents(); d++) {
      int[] ids = ids(store, d);
      int answer = store.answerStart(d);
      int before = 0;
      for (int i = 0; i < answer; i++) {
        before += store.byteLength(store.start(d) + i);
      }
      int first = store.byteLength(store.start(d) + answer);
      int at = tokenizer.decode(ids).indexOf("\nAnswer: ") + "\nAnswer: ".length();
      assertThat(at).isBetween(before, before + first - 1);
    }
  }

  @Test
  void awkwardTextsComeBackByteForByte() throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<String> expected = new ArrayList<>();
    StringBuilder lines = new StringBuilder();
    for (long seed = 0; expected.size() < 60; seed++) {
      String text = RandomTexts.text(seed, 50);
      if (!text.isBlank()) {
        expected.add(text);
        lines.append(json.writeValueAsString(Map.of("text", text))).append('\n');
      }
    }
    Path train = Files.writeString(folder.resolve("texts.jsonl"), lines);
    var request = DatasetRequest.builder(train).evalFile(train).tokenizer("gpt2").build();
    try (PreparedDataset data =
        new DatasetPreparer(fixture.cache).prepare(request, PrepareListener.SILENT)) {
      assertThat(data.kind()).isEqualTo(Manifest.Kind.TEXT);
      assertThat(data.train().answerStart(0)).isEqualTo(-1);
      assertThat(texts(data.train(), data.tokenizer())).isEqualTo(expected);
      assertThat(texts(data.eval(), data.tokenizer())).isEqualTo(expected);
      assertThat(bytes(data.train()))
          .isEqualTo(String.join("", expected).getBytes(StandardCharsets.UTF_8).length);
    }
  }

  @Test
  void aTokenizerWithoutByteTableStoresLengthsThatAddUp() throws IOException {
    Path words =
        Files.writeString(
            folder.resolve("words.json"),
            """
            {"version":"1.0","added_tokens":[{"id":2,"content":"</s>","single_word":false,
             "lstrip":false,"rstrip":false,"normalized":false,"special":true}],
             "normalizer":{"type":"Lowercase"},"pre_tokenizer":{"type":"Whitespace"},
             "model":{"type":"WordLevel","vocab":{"answer":0,"?":1},"unk_token":"?"}}
            """);
    for (int run = 0; run < 2; run++) {
      try (PreparedDataset data = fixture.prepare(b -> b.tokenizer(words.toString()))) {
        assertThat(data.cacheHit()).isEqualTo(run == 1);
        assertThat(data.name()).isEqualTo("local_rows_words_256");
        long expected = 0;
        for (int i = 0; i < 100; i++) {
          expected += "Question: what is %d?\nAnswer: answer %d".formatted(i, i).length();
        }
        assertThat(bytes(data.train()) + bytes(data.eval())).isEqualTo(expected);
        for (int d = 0; d < data.train().documents(); d++) {
          int answer = data.train().answerStart(d);
          assertThat(answer).isEqualTo("Question : what is 0 ? Answer :".split(" ").length);
          assertThat(data.train().token(data.train().start(d) + answer)).isZero();
        }
      }
    }
  }

  @Test
  void whatWasDroppedAndHowItWasSplitIsSaidOnEveryRun() {
    for (int run = 0; run < 2; run++) {
      try (PreparedDataset data = fixture.prepare()) {
        assertThat(data.cacheHit()).isEqualTo(run == 1);
        assertThat(data.droppedFields()).containsOnlyKeys("why").containsEntry("why", 100);
        assertThat(fixture.notes)
            .anySatisfy(
                n -> assertThat(n).startsWith("cache: " + (data.cacheHit() ? "hit" : "building")))
            .anySatisfy(n -> assertThat(n).contains("90 documents for training", "90/10, seed 42"))
            .contains("dropped fields: why (100)");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte", "gpt2"})
  void theEstimateIsOfTheRightSize(String tokenizer) {
    List<PrepareEstimate> estimates = new ArrayList<>();
    PrepareListener listener =
        new PrepareListener() {
          @Override
          public void estimate(PrepareEstimate estimate) {
            estimates.add(estimate);
          }
        };
    try (PreparedDataset data =
        fixture.prepare(b -> b.tokenizer(tokenizer).numTrainSamples(40), listener)) {
      Manifest manifest = data.manifest();
      assertThat(estimates).hasSize(1);
      assertThat(estimates.getFirst().documents()).isEqualTo(50);
      double real = manifest.train().bytes() + manifest.eval().bytes();
      assertThat(estimates.getFirst().cacheBytes() / real).isBetween(0.7, 1.4);
    }
  }

  @Test
  void aTextThatWasThereBeforeIsLeftOutAndCountedWhereThatIsAsked() throws IOException {
    String rows = Files.readString(fixture.dataset);
    long extra = 40;
    Files.writeString(
        fixture.dataset, rows + rows.lines().limit(extra).reduce("", (a, b) -> a + b + "\n"));
    try (PreparedDataset all = fixture.prepare()) {
      assertThat(all.train().documents() + all.eval().documents()).isEqualTo(100 + (int) extra);
      assertThat(fixture.notes).noneMatch(n -> n.contains("duplicates"));
    }
    try (PreparedDataset once = fixture.prepare(b -> b.deduplicate(true))) {
      assertThat(once.cacheHit()).isFalse();
      List<String> texts = texts(once.train(), once.tokenizer());
      texts.addAll(texts(once.eval(), once.tokenizer()));
      assertThat(texts).hasSize(100).doesNotHaveDuplicates();
      assertThat(fixture.notes).contains("duplicates left out: " + extra);
    }
  }

  @Test
  void anEstimateOfItsOwnCountsTokensAndWritesNothing() throws IOException {
    var request = DatasetRequest.builder(fixture.dataset).tokenizer("gpt2").build();
    PrepareEstimate estimate =
        new DatasetPreparer(fixture.cache).estimate(request, PrepareListener.SILENT);
    assertThat(fixture.cache).doesNotExist();
    try (PreparedDataset data = fixture.prepare(b -> b.tokenizer("gpt2"))) {
      assertThat(estimate.documents()).isEqualTo(100);
      assertThat((double) estimate.tokens() / (data.train().tokens() + data.eval().tokens()))
          .isBetween(0.98, 1.02);
    }
  }

  /** In a language of which GPT-2 knows little, a token stands for half as many bytes. */
  @Test
  void theBuildForeseesWhatTheEstimateForesees() throws IOException {
    String row = "{\"text\": \"漢字かな交じり文\"}\n";
    Files.writeString(fixture.dataset, row.repeat(50));
    List<PrepareEstimate> estimates = new ArrayList<>();
    PrepareListener listener =
        new PrepareListener() {
          @Override
          public void estimate(PrepareEstimate estimate) {
            estimates.add(estimate);
          }
        };
    try (PreparedDataset data = fixture.prepare(b -> b.tokenizer("gpt2"), listener)) {
      assertThat(estimates.getFirst().tokens())
          .isEqualTo(data.train().tokens() + data.eval().tokens());
    }
    var request = DatasetRequest.builder(fixture.dataset).tokenizer("gpt2").build();
    assertThat(new DatasetPreparer(fixture.cache).estimate(request, PrepareListener.SILENT))
        .isEqualTo(estimates.getFirst());
  }

  @Test
  void anEstimateCountsBytesAndNotCharacters() throws IOException {
    String text = "漢字かな\uD83D\uDE00"; // 4 · 3 + 4 bytes in 6 characters
    Files.writeString(fixture.dataset, "{\"text\": \"%s\"}\n".formatted(text).repeat(10));
    PrepareEstimate estimate =
        new DatasetPreparer(fixture.cache)
            .estimate(
                DatasetRequest.builder(fixture.dataset).tokenizer("byte").build(),
                PrepareListener.SILENT);
    assertThat(estimate.textBytes()).isEqualTo(160);
    assertThat(estimate.tokens()).isEqualTo(160);
  }

  @Test
  void bothNumbersAreServedFromOneFile() {
    try (PreparedDataset data = fixture.prepare(b -> b.numTrainSamples(80).numEvalSamples(20))) {
      assertThat(data.train().documents()).isEqualTo(80);
      assertThat(data.eval().documents()).isEqualTo(20);
    }
  }

  @Test
  void anEvaluationFileLeavesAllOfTheDatasetForTraining() throws IOException {
    Path eval = Files.writeString(folder.resolve("eval.jsonl"), "{\"text\": \"only this\"}\n");
    try (PreparedDataset data = fixture.prepare(b -> b.evalFile(eval))) {
      assertThat(data.train().documents()).isEqualTo(100);
      assertThat(texts(data.eval(), data.tokenizer())).containsExactly("only this");
      assertThat(data.eval().answerStart(0)).isEqualTo(-1);
      assertThat(data.train().answerStart(0)).isPositive();
      assertThat(data.kind()).isEqualTo(Manifest.Kind.TEXT);
    }
  }

  @Test
  void aRecordBrokenAtLine17FailsTheRunWithFileAndLine() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 1; i <= 1000; i++) {
      lines.add(i == 17 ? "{\"text\": \"cut off" : "{\"text\": \"row %d\"}".formatted(i));
    }
    Files.write(fixture.dataset, lines);
    assertThatThrownBy(fixture::prepare)
        .isInstanceOf(UserException.class)
        .hasMessageContaining("rows.jsonl: line 17: broken JSON")
        .hasMessageContaining("--max-bad-records 1")
        .satisfies(e -> assertThat(((UserException) e).kind()).isEqualTo(UserException.Kind.INPUT));
    assertThat(fixture.entries()).isEmpty();
    try (PreparedDataset data = fixture.prepare(b -> b.maxBadRecords(1))) {
      assertThat(data.badRecords()).isEqualTo(1);
      assertThat(data.train().documents() + data.eval().documents()).isEqualTo(999);
      assertThat(fixture.notes).anySatisfy(n -> assertThat(n).contains("left out: 1", "line 17"));
    }
    assertThatThrownBy(fixture::prepare)
        .as("the entry that leaves it out is no way round the limit")
        .isInstanceOf(UserException.class)
        .hasMessageContaining("line 17");
  }

  @Test
  void aFileWithoutRecordsIsRefused() throws IOException {
    Files.writeString(fixture.dataset, "\n");
    assertThatThrownBy(fixture::prepare)
        .isInstanceOf(UserException.class)
        .hasMessageContaining("holds no record");
    Files.writeString(fixture.dataset, "{\"url\": \"u\"}\n");
    assertThatThrownBy(() -> fixture.prepare(b -> b.maxBadRecords(9)))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--text-field");
  }

  @Test
  void aClosedDatasetIsNotReadAndClosingAgainIsHarmless() {
    PreparedDataset data = fixture.prepare();
    TokenStore train = data.train();
    assertThatThrownBy(() -> train.token(train.tokens()))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> train.copy(train.tokens() - 1, new int[2], 0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    data.close();
    data.close();
    assertThatThrownBy(() -> train.token(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aCancelledBuildLeavesNothing() throws IOException {
    PrepareListener canceller =
        new PrepareListener() {
          private boolean tokenizing;

          @Override
          public void progress(PrepareProgress progress) {
            tokenizing |= progress.phase() == PrepareProgress.Phase.TOKENIZE;
          }

          @Override
          public boolean cancelled() {
            return tokenizing;
          }
        };
    assertThatThrownBy(() -> fixture.prepare(b -> b, canceller))
        .isInstanceOf(CancellationException.class);
    assertThat(fixture.entries()).isEmpty();
    assertThat(fixture.hits()).isFalse();
  }

  @Test
  void aSourceThatGrowsWhileItIsReadIsNotTakenForWhatWasHashed() throws IOException {
    PrepareListener writer =
        new PrepareListener() {
          @Override
          public void note(String line) {
            try {
              fixture.write(100, "longer answer");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };
    assertThatThrownBy(() -> fixture.prepare(b -> b, writer))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("changed while it was read");
    assertThat(fixture.entries()).isEmpty();
  }

  @Test
  void aCacheFolderThatCannotBeMadeIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("taken"), "x");
    var request = DatasetRequest.builder(fixture.dataset).tokenizer("byte").build();
    assertThatThrownBy(() -> new DatasetPreparer(file).prepare(request, PrepareListener.SILENT))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--cache-dir")
        .satisfies(
            e -> assertThat(((UserException) e).kind()).isEqualTo(UserException.Kind.ENVIRONMENT));
  }

  @Test
  void gsm8kHasTheKnownNumberOfTokens() throws IOException {
    Path test = SharedData.file("gsm8k/test.jsonl");
    var request = DatasetRequest.builder(test).evalFile(test).numTrainSamples(50).build();
    try (PreparedDataset data =
        new DatasetPreparer(fixture.cache).prepare(request, PrepareListener.SILENT)) {
      assertThat(data.eval().documents()).isEqualTo(1_319);
      assertThat(data.eval().tokens()).isEqualTo(209_983);
      assertThat(data.train().documents()).isEqualTo(50);
      String first = data.tokenizer().decode(ids(data.eval(), 0));
      assertThat(first).startsWith(Document.prompt("Janet").substring(0, 15)).contains("<<");
    }
  }
}
