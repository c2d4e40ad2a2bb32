package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.FileMark;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsFileTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("metrics.jsonl");
  }

  private static StepMetrics step(long step) {
    return new StepMetrics(
        step,
        0.5,
        step * 1000,
        3.25,
        0.001,
        List.of(List.of(0.0)),
        1.5,
        2000,
        500,
        List.of(List.of("DORMANT")),
        List.of(List.of(0.0)),
        List.of(0.25),
        List.of(List.of(0.75, 0.25)));
  }

  private void append(long from, long to) {
    try (MetricsFile metrics = MetricsFile.open(file)) {
      for (long step = from; step <= to; step++) {
        metrics.append(step(step), Optional.empty());
      }
    }
  }

  @Test
  void aLineHoldsEveryNameOfTheSpecification() throws IOException {
    try (MetricsFile metrics = MetricsFile.open(file)) {
      metrics.append(step(7), Optional.of(new EvaluationMetrics(7, 2.5, 1.25, Math.exp(2.5))));
      // on disk before the file is closed
      assertThat(file)
          .hasContent(
              "{\"step\":7,\"epoch\":0.5,\"tokens\":7000,\"loss\":3.25,\"learning_rate\":0.001,"
                  + "\"ghost_learning_rates\":[[0.0]],\"grad_norm\":1.5,"
                  + "\"tokens_per_second\":2000.0,\"step_ms\":500.0,"
                  + "\"ghost_states\":[[\"DORMANT\"]],\"ghost_activations\":[[0.0]],"
                  + "\"saturation\":[0.25],\"expert_load\":[[0.75,0.25]],\"eval_loss\":2.5,"
                  + "\"eval_bits_per_byte\":1.25,\"eval_perplexity\":12.182493960703473}\n");
    }
  }

  @Test
  void aNumberThatIsNotFiniteBecomesNull() {
    StepMetrics diverged =
        new StepMetrics(
            1,
            0,
            1,
            Double.NaN,
            0.1,
            List.of(),
            Double.POSITIVE_INFINITY,
            1,
            1,
            List.of(),
            List.of(),
            List.of(Double.NaN),
            List.of());
    assertThat(MetricsJson.line(diverged, Optional.empty()))
        .contains("\"loss\":null", "\"grad_norm\":null", "\"saturation\":[null]");
  }

  @Test
  void resumingKeepsTheLinesUpToTheCheckpoint() throws IOException {
    append(1, 5);
    List<String> straight = Files.readAllLines(file);
    MetricsFile.truncateAfter(file, 3, FileMark.EMPTY);
    assertThat(Files.readAllLines(file)).isEqualTo(straight.subList(0, 3));
    append(4, 5);
    assertThat(Files.readAllLines(file)).isEqualTo(straight);
    MetricsFile.truncateAfter(file, 0, FileMark.EMPTY);
    assertThat(file).isEmptyFile();
  }

  @Test
  void anEvaluationThatWasInterruptedJoinsTheLineOfItsStep() throws IOException {
    EvaluationMetrics evaluation = new EvaluationMetrics(3, 2.5, 1.25, Math.exp(2.5));
    append(1, 2);
    try (MetricsFile metrics = MetricsFile.open(file)) {
      metrics.append(step(3), Optional.of(evaluation));
      metrics.append(step(4), Optional.empty());
    }
    List<String> straight = Files.readAllLines(file);
    Files.delete(file);
    append(1, 3);
    try (MetricsFile metrics = MetricsFile.open(file)) {
      metrics.complete(evaluation);
      metrics.complete(evaluation);
      metrics.append(step(4), Optional.empty());
      metrics.complete(evaluation); // another step's
    }
    assertThat(Files.readAllLines(file)).isEqualTo(straight);
    Files.writeString(file, "");
    try (MetricsFile metrics = MetricsFile.open(file)) {
      metrics.complete(evaluation);
    }
    assertThat(file).isEmptyFile();
  }

  @Test
  void aTornLastLineIsDroppedWhereverItWasCut() throws IOException {
    append(1, 2);
    byte[] whole = Files.readAllBytes(file);
    int second = new String(whole, StandardCharsets.UTF_8).indexOf('\n') + 1;
    byte[] first = Arrays.copyOf(whole, second);
    for (int length = second; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      MetricsFile.truncateAfter(file, 9, FileMark.EMPTY);
      assertThat(file).hasBinaryContent(first);
    }
  }

  @Test
  void linesThatAreNotMetricsAreDropped() throws IOException {
    Files.writeString(
        file, "\n{\"step\":\"1\"}\n{\"loss\":1}\n[1]\nnull\n{\"step\":1\n{\"step\":1}\n");
    MetricsFile.truncateAfter(file, 9, FileMark.EMPTY);
    assertThat(file).hasContent("{\"step\":1}\n");
  }

  @Test
  void truncatingWhatIsNotThereDoesNothing() {
    MetricsFile.truncateAfter(file, 3, FileMark.EMPTY);
    assertThat(file).doesNotExist();
  }

  @Test
  void aFileThatCannotBeWrittenIsOneLine() {
    assertThatThrownBy(() -> MetricsFile.open(folder))
        .isInstanceOfSatisfying(
            UserException.class,
            e -> assertThat(e.kind()).isEqualTo(UserException.Kind.ENVIRONMENT))
        .hasMessageContaining("cannot be written");
  }

  @Test
  void aSummaryHoldsEveryNameOfTheSpecification() throws IOException {
    Path summary = folder.resolve("summary.json");
    MetricsJson.write(
        new RunSummary(
            new RunFolder(folder, "a"),
            10,
            8,
            9,
            "cpu",
            "x.jsonl",
            true,
            false,
            3,
            300,
            5,
            4,
            4.5,
            Double.NaN,
            2,
            Map.of("train", 1.5),
            200,
            1 << 20),
        summary);
    assertThat(Files.readString(summary))
        .isEqualTo(
            """
            {
              "run" : "a",
              "parameters" : 10,
              "active_parameters" : 8,
              "awake_parameters" : 9,
              "device" : "cpu",
              "dataset" : "x.jsonl",
              "cache_hit" : true,
              "interrupted" : false,
              "steps" : 3,
              "tokens" : 300,
              "first_loss" : 5.0,
              "last_loss" : 4.0,
              "final_loss" : 4.5,
              "final_eval_loss" : null,
              "final_eval_bits_per_byte" : 2.0,
              "seconds" : {
                "train" : 1.5
              },
              "tokens_per_second" : 200.0,
              "peak_rss_bytes" : 1048576
            }
            """);
  }
}
