package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.train.RunFolder;
import io.ghostmoe.train.RunLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong in a user's hands: one line each, nothing lost, and then on with the work. */
class HostileInputTest {
  @TempDir Path folder;
  private HostileInput user;

  @BeforeEach
  void trainOnce() throws IOException {
    user = new HostileInput(folder);
  }

  @Test
  void aMissingFile() throws IOException {
    user.assertTold(user.train("typo.jsonl"), 2, "typo.jsonl: no such file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.jsonl", "a.json", "a.txt"})
  void anEmptyFile(String name) throws IOException {
    user.write(name, "");
    user.assertTold(user.train(name), 2, name + " holds no ");
  }

  @Test
  void brokenJsonOnLine17() throws IOException {
    user.write(
        "a.jsonl", HostileInput.rows(16) + "{\"question\": \"a\", \n" + HostileInput.rows(9));
    user.assertTold(user.train("a.jsonl"), 2, "a.jsonl: line 17: broken JSON");
  }

  @Test
  void wrongFields() throws IOException {
    user.write("a.jsonl", HostileInput.rows(12).replace("answer", "reply"));
    user.assertTold(
        user.train("a.jsonl"),
        2,
        "a.jsonl holds no usable record (lines 1, 2, 3, 4, 5: no \"question\" and \"answer\"",
        "(question, reply)",
        "and 7 more): name the fields with --question-field and --answer-field");
  }

  @ParameterizedTest
  @CsvSource({"a.jsonl, 'lines 1, 2, 3, 4, 5'", "a.json, line 1", "a.txt, 'lines 1, 2, 3, 4, 5'"})
  void aBinaryFile(String name, String places) throws IOException {
    byte[] noise = new byte[5_000];
    new Random(4).nextBytes(noise);
    Files.write(folder.resolve(name), noise);
    user.assertTold(user.train(name), 2, name, places + ": not UTF-8");
  }

  @Test
  void invalidUtf8() throws IOException {
    byte[] rows = HostileInput.rows(20).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    rows[rows.length - 5] = (byte) 0xFF;
    Files.write(folder.resolve("a.jsonl"), rows);
    user.assertTold(user.train("a.jsonl"), 2, "a.jsonl: line 20: not UTF-8");
  }

  @Test
  void settingsThatDoNotFitEachOther() throws IOException {
    int code = user.train("good.jsonl", "--embed-dim=33", "--num-heads=2");
    user.assertTold(code, 2, "--embed-dim 33 is not divisible by --num-heads 2");
    code = user.train("good.jsonl", "--top-k=9", "--num-experts=4");
    user.assertTold(code, 2, "--top-k 9 exceeds --num-experts 4");
  }

  @Test
  void anUnknownKeyInTheConfiguration() throws IOException {
    Path config = user.write("c.json", "{\"embed_dimm\": 12}");
    int code = user.train("good.jsonl", "--config=" + config);
    user.assertTold(code, 2, "unknown key \"embed_dimm\": did you mean \"embed_dim\"?");
  }

  @Test
  void aModelLargerThanTheMemory() throws IOException {
    int code = user.train("good.jsonl", "--embed-dim=65536", "--num-experts=4096");
    user.assertTold(code, 2, "this run needs about", "lower --embed-dim 65536");
  }

  @Test
  void aCorruptCheckpoint() throws IOException {
    Path model = folder.resolve("runs/kept/checkpoints/step-00000002").resolve("model.safetensors");
    byte[] whole = Files.readAllBytes(model);
    byte[] flipped = whole.clone();
    flipped[whole.length / 2] ^= 1;
    Files.write(model, flipped);
    for (int code : new int[] {user.resume("kept"), user.generate("kept")}) {
      assertThat(code).isEqualTo(2);
      assertThat(user.err())
          .contains("step-00000002 is damaged", "model.safetensors")
          .hasLineCount(1);
    }
    Files.write(model, whole);
    user.assertTold(user.resume("kept"), 2, "the run is finished");
  }

  @Test
  void aTruncatedCacheFileIsBuiltAnew() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("cache"))) {
      Path tokens = files.filter(f -> f.endsWith("train.tokens")).findFirst().orElseThrow();
      byte[] whole = Files.readAllBytes(tokens);
      Files.write(tokens, new byte[3]);
      user.assertNothingLost();
      assertThat(tokens).hasBinaryContent(whole);
    }
  }

  @Test
  void aFolderThatCannotBeMade() throws IOException {
    Path file = user.write("file", "");
    int code = user.train("good.jsonl", "--trace=" + file);
    user.assertTold(code, 1, "--trace");
    String[] words = user.training(folder.resolve("good.jsonl").toString());
    for (int i = 0; i < words.length; i++) {
      words[i] = words[i].replaceFirst("^--runs-dir=.*", "--runs-dir=" + file.resolve("runs"));
    }
    user.assertTold(user.run(words), 1, "cannot be written", "--runs-dir");
  }

  @Test
  void aSecondProcessOnTheSameRun() throws IOException {
    try (RunLock _ = new RunFolder(folder.resolve("runs"), "kept").resume()) {
      int code = user.resume("kept");
      user.assertTold(code, 1, "is being written by another process");
      code = user.train("good.jsonl", "--run=kept", "--overwrite");
      user.assertTold(code, 1, "is being written by another process");
    }
  }

  @Test
  void aRunThatExists() throws IOException {
    int code = user.train("good.jsonl", "--run=kept");
    user.assertTold(code, 2, "kept exists: pass --resume", "--overwrite");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../../etc/passwd", "org/../../x", "../x.jsonl", "..", "/"})
  void aDatasetsNameThatClimbs(String name) throws IOException {
    user.assertTold(user.run(user.training(name)), 2, name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "a/b", ".."})
  void aRunsNameThatClimbs(String name) throws IOException {
    user.assertTold(user.train("good.jsonl", "--run=" + name), 2, "is no plain name");
  }
}
