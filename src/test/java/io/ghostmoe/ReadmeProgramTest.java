package io.ghostmoe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The README's program, to the letter. */
class ReadmeProgramTest {
  private static final Pattern PROGRAM = Pattern.compile("(?s)\n```java\n(.*?)```\n");
  private static final Pattern EVALUATION = Pattern.compile("step (\\d+): (\\d+\\.\\d+)");

  @TempDir Path folder;

  private static String program() throws IOException {
    List<String> found =
        PROGRAM
            .matcher(Files.readString(Path.of("README.md")))
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(found).as("programs in the README").hasSize(1);
    return found.getFirst();
  }

  /** The README's reader has a file of questions and answers; so has this one. */
  private void writeQuestions() throws IOException {
    StringBuilder lines = new StringBuilder();
    JsonNode exercises =
        JsonMapper.shared().readTree(Path.of("data", "lambda_dataset.json").toFile());
    for (int i = 0; i < 300; i++) {
      lines.append(exercises.get(i)).append('\n');
    }
    Files.writeString(folder.resolve("my.jsonl"), lines);
  }

  @Test
  @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void itTrainsAndAnswers() throws Exception {
    writeQuestions();
    Files.writeString(folder.resolve("TrainAndAsk.java"), program());
    Path printed = folder.resolve("printed.txt");
    int code =
        JavaProcess.builder("TrainAndAsk.java", List.of("-Dstdout.encoding=UTF-8"), List.of())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start()
            .waitFor();
    List<String> lines = Files.readAllLines(printed, UTF_8);
    assertThat(code).as("%s", lines).isZero();
    List<MatchResult> evaluations =
        lines.stream().flatMap(line -> EVALUATION.matcher(line).results()).toList();
    assertThat(evaluations).as("%s", lines).hasSize(10);
    double first = Double.parseDouble(evaluations.getFirst().group(2));
    double last = Double.parseDouble(evaluations.getLast().group(2));
    assertThat(last).isLessThan(first / 2);
    assertThat(lines).anyMatch(line -> line.endsWith(" bits a byte"));
    assertThat(lines.getLast()).isNotBlank();
  }
}
