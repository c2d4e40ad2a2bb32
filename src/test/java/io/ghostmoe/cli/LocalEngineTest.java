package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** The commands on the real engine, from a file to generated text. */
class LocalEngineTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void aSmallFile() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      lines.append("{\"question\": \"%d+1?\", \"answer\": %d}\n".formatted(i % 9, i % 9 + 1));
    }
    Files.writeString(folder.resolve("sums.jsonl"), lines);
  }

  private int run(String... words) {
    return runWithInput("", words);
  }

  private int runWithInput(String input, String... words) {
    out.reset();
    err.reset();
    Terminal terminal =
        new Terminal(
            new BufferedReader(new StringReader(input)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false,
            80);
    return new CommandLineApp(new LocalEngine(), terminal, new Cancellation()).run(words);
  }

  private String[] withData(String command, String... more) {
    Stream<String> data =
        Stream.of(
            command,
            "--dataset",
            folder.resolve("sums.jsonl").toString(),
            "--tokenizer",
            "byte",
            "--max-seq-length",
            "32",
            "--cache-dir",
            folder.resolve("cache").toString());
    return Stream.concat(data, Stream.of(more)).toArray(String[]::new);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void prepareEstimatesInWordsAndTheListShowsWhatItMade() {
    assertThat(run(withData("prepare"))).isZero();
    assertThat(out())
        .contains("estimate: 40 documents, ", " of text, ", " of cache, about 0:01")
        .contains("samples 36+4");
    assertThat(run("datasets", "list", "--cache-dir", folder.resolve("cache").toString())).isZero();
    assertThat(out()).contains("local_sums_byte_32", "valid", "36+4");
  }

  @Test
  void whatWasTrainedGenerates() {
    String runs = folder.resolve("runs").toString();
    List<String> small =
        List.of(
            "--runs-dir",
            runs,
            "--run",
            "a",
            "--embed-dim",
            "8",
            "--num-layers",
            "1",
            "--num-heads",
            "2",
            "--num-experts",
            "2",
            "--max-steps",
            "3",
            "--threads",
            "1");
    assertThat(run(withData("train", small.toArray(String[]::new))))
        .as(err.toString(StandardCharsets.UTF_8))
        .isZero();
    assertThat(out()).contains("done after 3 steps");
    assertThat(run("generate", "--runs-dir", runs, "--prompt", "x", "--max-tokens", "4", "--json"))
        .isZero();
    var json = JsonMapper.shared().readTree(out());
    assertThat(json.get("run").stringValue()).isEqualTo("a");
    assertThat(json.get("tokens").intValue()).isBetween(0, 4);
    assertLongPromptsAreNoted(runs);
    assertLinesAreQuestions(runs);
    assertItIsMeasured(runs);
  }

  private void assertLongPromptsAreNoted(String runs) {
    String[] generate = {"generate", "--runs-dir", runs, "--max-tokens", "1", "--prompt", ""};
    generate[6] = "x".repeat(31); // with the end-of-text before it exactly the context
    assertThat(run(generate)).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    generate[6] = "x".repeat(32);
    assertThat(run(generate)).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualToIgnoringNewLines(
            "ghostmoe: the prompt has 33 tokens, the model's context 32: only its last 16 are"
                + " read");
  }

  private void assertLinesAreQuestions(String runs) {
    String[] flags = {
      "generate", "--interactive", "--json", "--max-tokens", "3", "--runs-dir", runs
    };
    assertThat(runWithInput("1+1?\n2+1?\n", flags)).isZero();
    List<String> lines = out().lines().toList();
    assertThat(lines).hasSize(2);
    var first = JsonMapper.shared().readTree(lines.getFirst());
    assertThat(first.get("prompt").stringValue()).isEqualTo("Question: 1+1?\nAnswer:");
    assertThat(runWithInput("2+1?\n1+1?\n", flags)).isZero();
    var second = JsonMapper.shared().readTree(out().lines().toList().getLast());
    assertThat(second.get("text"))
        .as("an answer depends on no line before")
        .isEqualTo(first.get("text"));
  }

  private void assertItIsMeasured(String runs) {
    assertThat(run("eval", "--runs-dir", runs)).isZero();
    assertThat(out().lines())
        .anyMatch(line -> line.startsWith("run          a, after step 3"))
        .anyMatch(line -> line.matches("exact match  \\d of 4 answers \\(\\d+\\.\\d%\\)"));
  }

  @Test
  void whatWasTrainedCanBeInspected() throws Exception {
    String runs = folder.resolve("runs").toString();
    assertThat(
            run(
                withData(
                    "train",
                    ("--run a --embed-dim 8 --num-layers 1 --num-heads 2 --num-experts 2"
                            + " --max-steps 6 --threads 1 --num-ghost-experts 2"
                            + " --ghost-trigger step:3 --ghost-ramp-steps 2 --runs-dir="
                            + runs)
                        .split(" "))))
        .as(err.toString(StandardCharsets.UTF_8))
        .isZero();
    assertThat(out().lines())
        .contains("ghosts      2 a layer, asleep until step 3, when one a layer wakes")
        .anyMatch(line -> line.startsWith("step 3  ghost 0 of layer 0 wakes as expert 2, a clone "))
        .anyMatch(line -> line.startsWith("ghosts: 1 of 2 awake; "));
    assertThat(run("inspect", "--runs-dir", runs)).isZero();
    assertThat(out().lines())
        .contains("run         a", "layer 0: 2 primary experts, 1 of 2 ghosts awake")
        .anyMatch(line -> line.matches("layers.0.moe.router.weight +\\[3, 8] +24 +96 B"))
        .anyMatch(line -> line.matches(" +0  ACTIVE +1.00 +3 +2 +[01]"))
        .anyMatch(line -> line.matches(" +1  DORMANT +0.00 +- +- +-  no weights"));
    assertThat(run("inspect", "--runs-dir", runs, "--json", "--checkpoint", "best")).isZero();
    var json = JsonMapper.shared().readTree(out());
    assertThat(json.get("run").stringValue()).isEqualTo("a");
    assertThat(json.get("awake_parameters").asLong())
        .isEqualTo(json.get("active_parameters").asLong() + 2 * 8 * 32 + 8 + 32);
    assertThat(run("inspect", "--runs-dir", runs, "--run", "b")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("no run b in", "did you mean --run a?")
        .hasLineCount(1);
    assertNoBackendIsLoaded("inspect", "--runs-dir", runs, "--quiet");
  }

  /** In a process without the vector module, as the launcher starts it. */
  private void assertNoBackendIsLoaded(String... words) throws Exception {
    List<String> command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-Xlog:class+load",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Main.class.getName()),
                Stream.of(words))
            .toList();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader output = process.inputReader()) {
      List<String> loaded = output.lines().toList();
      assertThat(process.waitFor()).isZero();
      assertThat(loaded)
          .anyMatch(line -> line.contains(" io.ghostmoe.RunInspector "))
          .noneMatch(line -> line.contains(" io.ghostmoe.tensor.cpu."))
          .noneMatch(line -> line.contains(" jdk.incubator.vector."));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void generatingWithoutARunSaysWhatToDo() {
    assertThat(run("generate", "--runs-dir", folder.toString(), "--prompt", "x")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("no run in", "train one first")
        .hasLineCount(1);
    assertThat(out()).as("the prompt must not go down a pipe before an error").isEmpty();
  }
}
