package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.JavaProcess;
import io.ghostmoe.cli.Main;
import io.ghostmoe.data.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command line against the local Hub, in processes of its own. */
class HubTrainTest {
  @TempDir Path home;
  private HubFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new HubFixture(home);
    fixture.gsm8k();
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  /** What a command printed, both streams, and its exit code. */
  private record Outcome(int code, String output) {}

  private Process start(List<String> words, String... variables) throws IOException {
    ProcessBuilder builder = JavaProcess.builder(Main.class.getName(), List.of("-Xmx512m"), words);
    builder.environment().keySet().removeIf(name -> name.startsWith("HF_"));
    builder.environment().putAll(fixture.hub.variables(home, variables));
    return builder.redirectErrorStream(true).directory(home.toFile()).start();
  }

  private Outcome run(List<String> words, String... variables)
      throws IOException, InterruptedException {
    Process process = start(words, variables);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Outcome(
        process.waitFor(), output.replaceFirst("^WARNING: Using incubator modules.*\\R", ""));
  }

  private static List<String> train(String run, String... more) {
    List<String> words = new ArrayList<>(List.of("train", "--dataset", "openai/gsm8k"));
    words.addAll(List.of("--dataset-config", "main", "--tokenizer", "byte", "--run", run));
    words.addAll(List.of("--embed-dim", "8", "--num-layers", "1", "--num-heads", "1"));
    words.addAll(List.of("--max-seq-length", "32", "--max-steps", "3", "--threads", "1"));
    words.addAll(List.of(more));
    return words;
  }

  private JsonNode config(String run) throws IOException {
    return new JsonMapper()
        .readTree(Files.readString(home.resolve("runs/" + run + "/config.json")));
  }

  @Test
  void aNameOfTheHubTrainsAndTheRunKeepsItsCommit() throws Exception {
    Outcome outcome = run(train("a"));
    assertThat(outcome.code).as(outcome.output).isZero();
    assertThat(outcome.output)
        .contains("4 files of 4", "evaluates on test", "chosen on test", "done after 3 steps");
    assertThat(home.resolve("data-preprocessed/openai_gsm8k_main_byte_32")).isDirectory();
    String commit = fixture.hub.requests.getFirst().path().endsWith("/main") ? commit() : "";
    assertThat(config("a").path("revision").asString()).isEqualTo(commit);

    fixture.gsm8kChanged();
    Outcome eval = run(List.of("eval", "--run", "a"));
    assertThat(eval.code).as(eval.output).isZero(); // on the commit that it was trained on
    Outcome offline = run(train("b"), "HF_HUB_OFFLINE", "1");
    assertThat(offline.code).as(offline.output).isZero();
    assertThat(config("b").path("revision").asString()).isEqualTo(commit);
    Outcome changed = run(train("c"));
    assertThat(changed.code).as(changed.output).isZero();
    assertThat(config("c").path("revision").asString()).isNotEqualTo(commit);
  }

  private String commit() throws IOException {
    return Files.readString(fixture.folder().resolve("refs/main"));
  }

  @Test
  void realParquetFilesOfTheHubArePrepared() throws Exception {
    HubRepository repository = fixture.hub.repository("openai/gsm8k").empty();
    repository.large(
        "main/train-00000-of-00001.parquet",
        Files.readAllBytes(SharedData.file("parquet/duck-zstd.parquet")));
    repository.large(
        "main/test-00000-of-00001.parquet",
        Files.readAllBytes(SharedData.file("parquet/hyparquet-test.parquet")));
    repository.commit("main");
    Outcome outcome =
        run(List.of("prepare", "--dataset", "openai/gsm8k", "--dataset-config", "main"));
    assertThat(outcome.code).as(outcome.output).isZero();
    assertThat(outcome.output)
        .contains("openai_gsm8k_main_gpt2_256")
        .contains("1,369,119 tokens") // as many as DATA.md counts, 1,159,136 and 209,983
        .contains("7,473 of 7,473 documents for training, 1,319 of 1,319 of test for evaluation");
  }

  @Test
  void aCommandThatIsKilledInTheDownloadIsGoneOnWith() throws Exception {
    fixture.hub.content(Integer.MAX_VALUE, Fault.slowly(100, 100));
    Process process =
        start(List.of("prepare", "--dataset", "openai/gsm8k", "--dataset-config", "main"));
    while (fixture.hub.seen(fixture.hub.onStorage()).size() < 3 && process.isAlive()) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    TimeUnit.MILLISECONDS.sleep(300);
    process.destroyForcibly().waitFor();
    assertThat(fixture.unfinished()).isNotEmpty();
    fixture.hub.clearFaults();
    int before = fixture.hub.requests.size();
    Outcome outcome =
        run(
            List.of(
                "prepare", "--dataset", "hf://datasets/openai/gsm8k", "--dataset-config", "main"));
    assertThat(outcome.code).as(outcome.output).isZero();
    assertThat(outcome.output).contains("openai_gsm8k_main_gpt2_256 prepared");
    assertThat(fixture.hub.requests.subList(before, fixture.hub.requests.size()))
        .anyMatch(request -> request.header("Range").isPresent());
    assertThat(fixture.unfinished()).isEmpty();
  }

  @Test
  void failuresAreOneLineWithTheirExitCode() throws Exception {
    Outcome missing = run(List.of("prepare", "--dataset", "openai/gsm8x", "--quiet"));
    assertThat(missing.code).isEqualTo(1);
    assertThat(missing.output.strip()).hasLineCount(1).contains("openai/gsm8x", "HF_TOKEN");
    Outcome config = run(List.of("prepare", "--dataset", "openai/gsm8k", "--quiet"));
    assertThat(config.code).isEqualTo(2);
    assertThat(config.output.strip()).hasLineCount(1).contains("main, socratic");
    Outcome file = run(List.of("prepare", "--dataset", "rows.jsonl", "--dataset-config", "x"));
    assertThat(file.code).isEqualTo(2);
    assertThat(file.output).contains("--dataset-config x is for Hub datasets only");
    Outcome debug =
        run(List.of("prepare", "--dataset", "openai/gsm8x", "--debug"), "HF_TOKEN", LocalHub.TOKEN);
    assertThat(debug.code).isEqualTo(1);
    assertThat(debug.output).contains("UserException").doesNotContain(LocalHub.TOKEN);
  }
}
