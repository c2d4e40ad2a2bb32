package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.Evaluation.ExactMatch;
import io.ghostmoe.base.UserException;
import io.ghostmoe.device.Device;
import io.ghostmoe.train.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An evaluation measures what the run measured, and leaves everything as it was. */
class RunEvaluationTest {
  @TempDir Path folder;
  private RunFixture fixture;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
  }

  private Evaluation evaluate(EvaluationRequest request) {
    return evaluate("latest", 1, request);
  }

  private Evaluation evaluate(String checkpoint, int threads, EvaluationRequest request) {
    try (TrainedModel model =
        GhostMoE.load(fixture.run("a"), checkpoint, Device.Choice.CPU, threads)) {
      return model.evaluate(request, EvaluationListener.SILENT);
    }
  }

  private void refused(EvaluationRequest request, String... expected) {
    assertThatThrownBy(() -> evaluate(request))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageContainingAll(expected)
        .message()
        .doesNotContain("\n");
  }

  private Path file(String name, String... lines) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
  }

  private static String row(Object question, Object answer) {
    return "{\"question\": \"%s\", \"answer\": \"%s\"}".formatted(question, answer);
  }

  /** Ghosts in mid ramp, on it, and none; windows that cut answers off, and dropout. */
  @ParameterizedTest
  @CsvSource({"packed, all, 0, 1", "padded, answer, 2, 3", "packed, answer, 1, 2"})
  void theLatestCheckpointHasTheLossOfTheSummaryToTheBit(
      String batching, String lossOn, int ghosts, int threads) {
    RunSummary summary =
        fixture.train(
            fixture
                .settings("a")
                .with(DataSettings.BATCHING, batching)
                .with(DataSettings.LOSS_ON, lossOn)
                .with(ModelSettings.DROPOUT, 0.1)
                .with(ModelSettings.AUX_LOSS, 0.01)
                .with(GhostSettings.NUM_GHOST_EXPERTS, ghosts)
                .with(GhostSettings.GHOST_TRIGGER, ghosts == 2 ? "step:3,10" : "step:10"));
    Evaluation found = evaluate("latest", threads, EvaluationRequest.OWN_SPLIT);
    assertThat(found.loss()).isEqualTo(summary.finalEvalLoss());
    assertThat(found.bitsPerByte()).isEqualTo(summary.finalEvalBitsPerByte());
    assertThat(found.perplexity()).isEqualTo(Math.exp(summary.finalEvalLoss()));
    assertThat(found.run()).isEqualTo("a");
    assertThat(found.step()).isEqualTo(12);
    assertThat(found.documents()).isEqualTo(3);
    assertThat(found.exactMatch()).hasValueSatisfying(m -> assertThat(m.total()).isEqualTo(3));
  }

  @Test
  void anotherCheckpointHasTheLossOfItsStep() throws IOException {
    fixture.train(fixture.settings("a").with(RunSettings.KEEP_CHECKPOINTS, 9));
    double loss =
        Files.readAllLines(fixture.run("a").metrics()).stream()
            .map(line -> tools.jackson.databind.json.JsonMapper.shared().readTree(line))
            .filter(json -> json.get("step").asLong() == 4)
            .findFirst()
            .get()
            .get("eval_loss")
            .asDouble();
    Evaluation found = evaluate("4", 2, EvaluationRequest.OWN_SPLIT.withQuestions(0));
    assertThat(found.step()).isEqualTo(4);
    assertThat(found.loss()).isEqualTo(loss);
    assertThat(found.exactMatch()).isEmpty();
  }

  @Test
  void anotherFileIsMeasuredAsIfItWereTheRunsOwn() throws IOException {
    Path other = file("other.jsonl", row("how?", "so"), row("why?", "λ"), row("x", "y z"));
    RunSummary summary = fixture.train(fixture.settings("a").with(DataSettings.EVAL_FILE, other));
    Path copy = Files.copy(other, folder.resolve("copy.jsonl"));
    Evaluation found = evaluate(EvaluationRequest.OWN_SPLIT.on(copy));
    assertThat(found.loss()).isEqualTo(summary.finalEvalLoss());
    assertThat(found.bitsPerByte()).isEqualTo(summary.finalEvalBitsPerByte());
    assertThat(found.file()).contains(copy);
    assertThat(found.documents()).isEqualTo(3);
  }

  @Test
  void fewerDocumentsAreAPartOfAll() {
    fixture.train(
        fixture
            .settings("a")
            .with(DataSettings.NUM_EVAL_SAMPLES, 9)
            .with(DataSettings.NUM_TRAIN_SAMPLES, 20));
    Evaluation all = evaluate(EvaluationRequest.OWN_SPLIT);
    Evaluation some = evaluate(EvaluationRequest.OWN_SPLIT.withDocuments(4).withMaxTokens(2));
    Evaluation more = evaluate(EvaluationRequest.OWN_SPLIT.withDocuments(99));
    assertThat(all.documents()).isEqualTo(9);
    assertThat(some.documents()).isEqualTo(4);
    assertThat(some.targets()).isLessThan(all.targets());
    assertThat(some.exactMatch().get().total()).isEqualTo(4);
    assertThat(more.loss()).isEqualTo(all.loss());
    assertThat(evaluate(EvaluationRequest.OWN_SPLIT.withQuestions(2)).exactMatch().get().total())
        .isEqualTo(2);
  }

  /** Whatever is asked, the answer in training is 7, which a small model soon believes. */
  @Test
  void greedyAnswersAreRightWhereTheyAreTheReferenceAfterTrimming() throws IOException {
    String[] rows =
        Stream.iterate(0, i -> i + 1).limit(40).map(i -> row(i, "7 up")).toArray(String[]::new);
    file("rows.jsonl", rows);
    fixture.train(
        fixture
            .settings("a")
            .with(DataSettings.LOSS_ON, "answer")
            .with(OptimizationSettings.BATCH_SIZE, 8)
            .with(OptimizationSettings.LEARNING_RATE, 0.02)
            .with(OptimizationSettings.MAX_STEPS, 60));
    assertThat(evaluate(EvaluationRequest.OWN_SPLIT).exactMatch())
        .contains(new ExactMatch(4, 4, 0));
    Path mixed =
        file(
            "mixed.jsonl",
            row(1, "7 up"),
            row(2, "7"),
            row(3, "7 up "),
            row(4, "7 up and more"),
            row(5, "8"));
    EvaluationRequest request = EvaluationRequest.OWN_SPLIT.on(mixed);
    assertThat(evaluate(request).exactMatch()).contains(new ExactMatch(2, 5, 0));
    assertThat(evaluate(request.withMaxTokens(2)).exactMatch())
        .as("two bytes of '7 up' are the reference 7, and three references are longer")
        .contains(new ExactMatch(1, 5, 3));
  }

  @Test
  void anAnswerIsGivenUpWhenNothingCanMakeItTheReference() {
    assertThat(List.of("", " ", " 7", "7 u", " 7 up", "7 up  \n"))
        .allMatch(text -> AnswerCheck.canBecome("7 up", text));
    assertThat(List.of("8", "7  ", "7 up.", "77"))
        .noneMatch(text -> AnswerCheck.canBecome("7 up", text));
  }

  @Test
  void plainTextHasNoAnswers() throws IOException {
    Path text = file("lines.txt", "The first line is this one.", "", "And here is another.");
    fixture.train(
        fixture
            .settings("a")
            .with(DataSettings.DATASET, text.toString())
            .with(DataSettings.EVAL_FILE, text));
    assertThat(evaluate(EvaluationRequest.OWN_SPLIT).exactMatch()).isEmpty();
  }

  @Test
  void anEvaluationChangesNothingInTheRunsFolder() throws IOException {
    fixture.train(fixture.settings("a"));
    Map<String, List<Object>> before = contents();
    evaluate(EvaluationRequest.OWN_SPLIT);
    evaluate(EvaluationRequest.OWN_SPLIT.on(fixture.dataset));
    assertThat(contents()).isEqualTo(before);
    try (Stream<Path> cached = Files.list(folder.resolve("cache"))) {
      assertThat(cached.map(path -> path.getFileName().toString()))
          .as("a file that is measured once is not kept")
          .filteredOn(name -> name.startsWith("local_"))
          .containsExactly("local_rows_byte_33");
    }
  }

  private Map<String, List<Object>> contents() throws IOException {
    Map<String, List<Object>> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(fixture.run("a").path())) {
      for (Path file : (Iterable<Path>) files::iterator) {
        FileTime time = Files.getLastModifiedTime(file);
        contents.put(
            file.toString(),
            Files.isRegularFile(file) ? List.of(time, Files.size(file)) : List.of(time));
      }
    }
    return contents;
  }

  @Test
  void dataThatAreGoneOrHaveChangedAreNamedInOneLine() throws IOException {
    fixture.train(fixture.settings("a"));
    fixture.writeRows(31);
    refused(EvaluationRequest.OWN_SPLIT, "rows.jsonl", "has changed since run", "--eval-file");
    Files.delete(fixture.dataset);
    refused(EvaluationRequest.OWN_SPLIT, "rows.jsonl: no such file", "pass --eval-file FILE");
    Path other = file("other.jsonl", row("how?", "so"));
    assertThat(evaluate(EvaluationRequest.OWN_SPLIT.on(other)).documents()).isOne();
    refused(EvaluationRequest.OWN_SPLIT.on(folder.resolve("no.jsonl")), "no.jsonl: no such file");
    Path broken = file("broken.jsonl", row("how?", "so"), "{\"question\": ");
    refused(EvaluationRequest.OWN_SPLIT.on(broken), "broken.jsonl: line 2", "1 bad, 0 allowed");
    EvaluationRequest lenient =
        new EvaluationRequest(Optional.of(broken), -1, 0, 1, Optional.of(1), Optional.empty());
    assertThat(evaluate(lenient).documents()).isOne();
  }

  @Test
  void aRunThatScoresAnswersRefusesPlainText() throws IOException {
    fixture.train(fixture.settings("a").with(DataSettings.LOSS_ON, "answer"));
    Path text = file("lines.txt", "The first line is this one.");
    refused(EvaluationRequest.OWN_SPLIT.on(text), "lines.txt holds plain text", "--loss-on answer");
    Path late = file("late.jsonl", row("x".repeat(200), "so"));
    assertThat(evaluate(EvaluationRequest.OWN_SPLIT.on(late)).targets()).isPositive();
  }

  @Test
  void documentsWithoutATokenToScoreAreRefused() throws IOException {
    fixture.train(
        fixture
            .settings("a")
            .with(DataSettings.LOSS_ON, "answer")
            .with(DataSettings.BATCHING, "padded"));
    Path late = file("late.jsonl", row("x".repeat(200), "so"));
    refused(EvaluationRequest.OWN_SPLIT.on(late), "no token of these documents is scored");
  }

  @Test
  void aModelThatCannotBeLoadedLeavesNoThreadBehind() throws Exception {
    fixture.train(fixture.settings("a"));
    Path weights = fixture.checkpointFile("a", 12, "model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    Set<Thread> before = workers();
    assertThatThrownBy(() -> evaluate("latest", 3, EvaluationRequest.OWN_SPLIT))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("is damaged");
    for (Thread worker : workers()) {
      if (!before.contains(worker)) {
        assertThat(worker.join(Duration.ofMinutes(1))).as("%s ends", worker).isTrue();
      }
    }
  }

  private static Set<Thread> workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("ghostmoe-worker"))
        .collect(Collectors.toSet());
  }

  @ParameterizedTest
  @ValueSource(strings = {"LOSS", "ANSWERS"})
  void anEvaluationCanBeStopped(String during) {
    fixture.train(fixture.settings("a"));
    EvaluationListener stopping =
        new EvaluationListener() {
          private boolean stop;

          @Override
          public void onProgress(Phase phase, long done, long total) {
            stop = phase.name().equals(during);
          }

          @Override
          public boolean cancelled() {
            return stop;
          }
        };
    try (TrainedModel model = GhostMoE.load(fixture.run("a"), "latest", Device.Choice.CPU, 1)) {
      assertThatThrownBy(() -> model.evaluate(EvaluationRequest.OWN_SPLIT, stopping))
          .isInstanceOf(CancellationException.class);
    }
  }
}
