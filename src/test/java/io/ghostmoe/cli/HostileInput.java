package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A user with one good dataset, one finished run, and a bad day. */
final class HostileInput {
  final Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private int good;

  HostileInput(Path folder) throws IOException {
    this.folder = folder;
    write("good.jsonl", rows(40));
    assertThat(train("good.jsonl", "--run", "kept")).as(err()).isZero();
  }

  static String rows(int count) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append("{\"question\": \"%d+1?\", \"answer\": \"%d\"}\n".formatted(i, i + 1));
    }
    return lines.toString();
  }

  Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  /** Runs a command as {@code main} would, and returns its exit code. */
  int run(String... words) {
    out.reset();
    err.reset();
    Terminal terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false,
            80);
    return new CommandLineApp(new LocalEngine(), terminal, new Cancellation()).run(words);
  }

  private static final List<String> SMALL =
      List.of(
          "--tokenizer=byte",
          "--max-seq-length=16",
          "--num-layers=1",
          "--expert-hidden=8",
          "--batch-size=2",
          "--threads=1",
          "--max-steps=2",
          "--quiet");

  /** A small training on a file of the folder. */
  int train(String dataset, String... more) {
    return run(training(folder.resolve(dataset).toString(), more));
  }

  String[] training(String dataset, String... more) {
    List<String> words = new ArrayList<>(List.of("train", "--dataset=" + dataset));
    words.addAll(SMALL);
    words.add("--cache-dir=" + folder.resolve("cache"));
    words.add("--runs-dir=" + folder.resolve("runs"));
    if (Stream.of(more).noneMatch(word -> word.startsWith("--embed-dim"))) {
      words.add("--embed-dim=8");
    }
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** Demands one line with these words, nothing lost, and that the next good command works. */
  void assertTold(int code, int expectedCode, String... expected) throws IOException {
    assertThat(code).as(err()).isEqualTo(expectedCode);
    assertThat(err()).startsWith("ghostmoe: ").contains(expected).hasLineCount(1);
    assertThat(out.size()).isZero();
    assertNothingLost();
  }

  void assertNothingLost() throws IOException {
    try (Stream<Path> runs = Files.list(folder.resolve("runs"))) {
      assertThat(runs.map(run -> run.getFileName().toString()))
          .allMatch(name -> name.equals("kept") || name.startsWith("next-"));
    }
    assertThat(generate("kept")).as(err()).isZero();
    assertThat(train("good.jsonl", "--run", "next-" + good++)).as(err()).isZero();
  }

  int generate(String run) {
    return run(
        "generate",
        "--runs-dir=" + folder.resolve("runs"),
        "--run=" + run,
        "--prompt=1+1?",
        "--max-tokens=2",
        "--quiet");
  }

  int resume(String run) {
    return run(
        "train", "--resume", "--runs-dir=" + folder.resolve("runs"), "--run=" + run, "--quiet");
  }
}
