package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.DataSettings;
import io.ghostmoe.RunSettings;
import io.ghostmoe.doctor.Check;
import io.ghostmoe.doctor.Check.Status;
import io.ghostmoe.doctor.Diagnosis;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DoctorCommandTest {
  private static final Check FINE = new Check("java", Status.OK, "25, \u001b[2Jin /x", "");
  private static final Check POOR = new Check("cuda", Status.WARN, "missing", "nothing to do");
  private static final Check BAD = new Check("tokenizer", Status.FAIL, "missing", "install it");

  private final FakeEngine engine = new FakeEngine();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String words) {
    out.reset();
    err.reset();
    Terminal terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false,
            80);
    return new CommandLineApp(engine, terminal, new Cancellation()).run(words.split(" "));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void everyLineSaysWhatWasFoundAndWhatMendsIt() {
    engine.diagnosis = new Diagnosis(List.of(FINE, POOR));
    assertThat(run("doctor --cache-dir c --runs-dir r")).isZero();
    assertThat(engine.examined.getFirst().get(DataSettings.CACHE_DIR)).isEqualTo(Path.of("c"));
    assertThat(engine.examined.getFirst().get(RunSettings.RUNS_DIR)).isEqualTo(Path.of("r"));
    assertThat(out().lines())
        .containsExactly(
            "ok    java       25, ?[2Jin /x",
            "warn  cuda       missing",
            "                 remedy: nothing to do",
            "training can work here");
    assertThat(err()).isEmpty();
  }

  @Test
  void whereSomethingNeededIsMissingItEndsWith1AndOneLine() {
    engine.diagnosis = new Diagnosis(List.of(FINE, POOR, BAD));
    String line = "ghostmoe: training cannot work here, tokenizer: missing: install it";
    assertThat(run("doctor")).isEqualTo(1);
    assertThat(out()).contains("fail  tokenizer  missing").doesNotContain("training can work");
    assertThat(err()).isEqualTo(line + System.lineSeparator());
    assertThat(run("doctor --quiet")).isEqualTo(1);
    assertThat(out()).isEmpty();
    assertThat(err()).isEqualTo(line + System.lineSeparator());
  }

  @Test
  void jsonHasEveryCheck() {
    engine.diagnosis = new Diagnosis(List.of(FINE, BAD));
    assertThat(run("doctor --json")).isEqualTo(1);
    JsonNode json = JsonMapper.shared().readTree(out());
    assertThat(json.get("can_train").booleanValue()).isFalse();
    assertThat(json.get("checks").get(0).get("remedy").stringValue()).isEmpty();
    assertThat(json.get("checks").get(1).get("status").stringValue()).isEqualTo("fail");
    assertThat(json.get("checks").get(1).get("name").stringValue()).isEqualTo("tokenizer");
  }
}
