package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunFolderTest {
  @TempDir Path runs;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ".",
        "..",
        "a/b",
        "a\\b",
        "../a",
        "/a",
        ".hidden",
        "a\nb",
        "a\u0000b",
        "a\u001b[1m",
        "con",
        "NUL",
        "Com1",
        "lpt9.txt",
        "aux.",
        "a.",
        "a ",
        " a",
        "a:b",
        "a*",
        "a?",
        "a\"b",
        "<a>",
        "a|b",
        "-rf",
        "\u202Eabc"
      })
  void aNameThatIsNoPlainFileNameIsRefused(String name) {
    assertThatThrownBy(() -> new RunFolder(runs, name))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageStartingWith("--run \"")
        .message()
        .doesNotContain("\n", "\u0000", "\u001b", "\u202E");
  }

  @Test
  void aNameTooLongForAFileSystemIsRefused() {
    assertThatThrownBy(() -> RunNames.require("ä".repeat(61))).isInstanceOf(UserException.class);
    assertThat(RunNames.require("ä".repeat(60))).hasSize(60);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "gsm8k-1", "große_Prüfung", "a.b", "console", "v1.0 final", "試験"})
  void aPlainNameIsTaken(String name) throws IOException {
    try (RunLock lock = new RunFolder(runs, name).create()) {
      assertThat(lock).isNotNull();
      assertThat(runs.resolve(name)).isDirectory();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "data/lambda_dataset.json, lambda_dataset",
    "../shared/data/gsm8k/train.jsonl, train",
    "openai/gsm8k, gsm8k",
    "C:\\data\\my file.txt, my-file",
    "..., run",
    "'', run",
    "con, run",
    "a/b/, b",
  })
  void anyTextGivesAPlainName(String text, String name) {
    assertThat(RunNames.from(text)).isEqualTo(name);
  }

  @Test
  void aSecondWriterIsToldThatTheRunIsTaken() {
    RunFolder run = new RunFolder(runs, "a");
    try (RunLock first = run.create()) {
      assertThat(first).isNotNull();
      assertThatThrownBy(run::create)
          .isInstanceOfSatisfying(
              UserException.class,
              e -> assertThat(e.kind()).isEqualTo(UserException.Kind.ENVIRONMENT))
          .hasMessageContaining("is being written by another process");
    }
    try (RunLock second = run.create()) {
      assertThat(second).isNotNull();
    }
  }

  @Test
  void anotherProcessThatHoldsTheLockKeepsThisOneOut() throws Exception {
    RunFolder run = new RunFolder(runs, "a");
    run.create().close();
    Path source = runs.resolve("Holder.java");
    Files.writeString(
        source,
        """
        import java.nio.channels.FileChannel;
        import java.nio.file.*;
        class Holder {
          public static void main(String[] args) throws Exception {
            try (var channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
              channel.lock();
              System.out.println("held");
              System.in.read();
            }
          }
        }
        """);
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                source.toString(),
                run.path().resolve(RunLock.FILE).toString())
            .start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("held");
      assertThatThrownBy(run::create).hasMessageContaining("is being written by another process");
    } finally {
      holder.destroyForcibly().waitFor();
    }
    run.create().close(); // a killed holder leaves no stale lock
  }

  @Test
  void anExistingRunIsResumedOrReplacedButNeverStartedAgain() throws IOException {
    RunFolder run = new RunFolder(runs, "a");
    run.create().close();
    Files.writeString(run.config(), "{}");
    Files.writeString(run.metrics(), "{}");
    Files.createDirectories(run.checkpoints().resolve("step-00000001"));
    assertThatThrownBy(run::create)
        .isInstanceOf(UserException.class)
        .hasMessageContainingAll("exists", "--resume", "--overwrite");
    run.resume().close();
    assertThat(run.metrics()).exists();
    try (RunLock lock = run.overwrite()) {
      assertThat(lock).isNotNull();
      assertThat(run.metrics()).as("until it is known that the new run can begin").exists();
      run.clear();
    }
    assertThat(run.metrics()).doesNotExist();
    assertThat(run.config()).doesNotExist();
    assertThat(run.checkpoints()).doesNotExist();
    run.create().close();
  }

  @Test
  void whatAKilledProcessHadNotFinishedWritingIsNoRun() throws IOException {
    RunFolder folder = new RunFolder(runs, "a");
    Files.createDirectories(folder.path());
    Path remains = Files.writeString(folder.path().resolve("config.json.incomplete"), "{");
    try (RunLock _ = folder.create()) {
      assertThat(remains).doesNotExist();
    }
    Files.writeString(folder.config(), "{}");
    Path foreign = Files.writeString(folder.path().resolve("film.incomplete"), "");
    Files.writeString(folder.path().resolve("metrics.jsonl.incomplete"), "{");
    try (RunLock _ = folder.resume()) {
      assertThat(folder.path().resolve("metrics.jsonl.incomplete")).doesNotExist();
      assertThat(foreign).exists();
    }
  }

  @Test
  void aFolderThatIsNoRunIsNeverEmptied() throws IOException {
    RunFolder run = new RunFolder(runs, "photos");
    Files.createDirectories(run.path());
    Files.writeString(run.path().resolve("cat.jpg"), "meow");
    assertThatThrownBy(run::overwrite).hasMessageContaining("is no run");
    assertThatThrownBy(run::create).hasMessageContaining("exists");
    try (Stream<Path> files = Files.list(run.path())) {
      assertThat(files).containsExactly(run.path().resolve("cat.jpg"));
    }
  }

  @Test
  void overwritingKeepsForeignFiles() throws IOException {
    RunFolder run = new RunFolder(runs, "a");
    run.create().close();
    Files.writeString(run.config(), "{}");
    Files.writeString(run.path().resolve("notes.txt"), "mine");
    try (RunLock lock = run.overwrite()) {
      assertThat(lock).isNotNull();
      run.clear();
    }
    assertThat(run.path().resolve("notes.txt")).hasContent("mine");
  }

  @Test
  void resumingWhatIsNotThereNamesTheNearestRun() throws IOException {
    assertThatThrownBy(() -> new RunFolder(runs, "gsm8k-1").resume())
        .isInstanceOf(UserException.class)
        .hasMessageContaining("there is no run in that folder");
    RunFolder other = new RunFolder(runs, "gsm8k-2");
    other.create().close();
    Files.writeString(other.config(), "{}");
    assertThatThrownBy(() -> new RunFolder(runs, "gms8k-2").resume())
        .hasMessageContaining("did you mean --run gsm8k-2?");
    assertThat(runs.resolve("gms8k-2")).doesNotExist();
  }

  @Test
  void freshRunsAskedForAtOnceAreDifferent() throws Exception {
    Callable<RunFolder> ask = () -> RunFolder.fresh(runs, "a");
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      List<Future<RunFolder>> asked = pool.invokeAll(List.of(ask, ask, ask, ask, ask, ask));
      List<String> names = asked.stream().map(Future::resultNow).map(RunFolder::name).toList();
      assertThat(names).containsExactlyInAnyOrder("a-1", "a-2", "a-3", "a-4", "a-5", "a-6");
    }
  }

  @Test
  void theNewestRunIsTheOneSavedLast() throws IOException {
    assertThat(RunFolder.newest(runs)).isEmpty();
    for (int number = 1; number <= 3; number++) {
      RunFolder run = RunFolder.fresh(runs, "a");
      Files.writeString(run.config(), "{}");
      if (number < 3) { // the third has not saved yet
        Files.createDirectories(run.checkpoints());
        Path latest = Files.writeString(run.checkpoints().resolve("latest"), "step-00000001\n");
        Files.setLastModifiedTime(latest, FileTime.fromMillis(10_000L - number));
      }
    }
    assertThat(RunFolder.newest(runs)).contains(new RunFolder(runs, "a-1"));
    assertThat(RunFolder.names(runs)).containsExactly("a-1", "a-2", "a-3");
  }

  @Test
  void aRunsFolderThatCannotBeMadeIsOneLine() throws IOException {
    Path file = Files.writeString(runs.resolve("file"), "");
    assertThatThrownBy(() -> new RunFolder(file, "a").create())
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--runs-dir");
    assertThatThrownBy(() -> RunFolder.fresh(file, "a")).isInstanceOf(UserException.class);
  }
}
