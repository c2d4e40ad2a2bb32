package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.EvalSettings;
import io.ghostmoe.Evaluation;
import io.ghostmoe.EvaluationRequest;
import io.ghostmoe.InspectSettings;
import io.ghostmoe.RunSettings;
import io.ghostmoe.base.UserException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EvalCommandTest {
  private final FakeEngine engine = new FakeEngine();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String words) {
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
  void aPersonReadsEveryMeasureAndRightOfTotal() {
    assertThat(run("eval")).isZero();
    assertThat(out().lines())
        .containsExactly(
            "loss",
            "run          a-1, after step 1,200",
            "device       cpu",
            "data         1,319 documents of the run's evaluation split, 209,983 tokens scored",
            "loss         2.5000",
            "bits/byte    1.2500",
            "perplexity   12.1825",
            "exact match  17 of 1,319 answers (1.3%)");
    assertThat(err()).isEmpty();
  }

  @Test
  void aProgramReadsTheSame() {
    assertThat(run("eval --json --eval-file x.jsonl")).isZero();
    JsonNode json = JsonMapper.shared().readTree(out());
    assertThat(json.propertyNames())
        .containsExactly(
            "run",
            "step",
            "device",
            "eval_file",
            "documents",
            "tokens",
            "loss",
            "bits_per_byte",
            "perplexity",
            "exact_match",
            "seconds");
    assertThat(json.get("eval_file").stringValue()).isEqualTo("x.jsonl");
    assertThat(json.get("loss").doubleValue()).isEqualTo(2.5);
    assertThat(json.get("exact_match").get("right").intValue()).isEqualTo(17);
    assertThat(json.get("exact_match").get("total").intValue()).isEqualTo(1319);
    out.reset();
    engine.exactMatch = Optional.of(new Evaluation.ExactMatch(17, 1319, 210));
    assertThat(run("eval")).isZero();
    assertThat(out())
        .contains("17 of 1,319 answers (1.3%); 210 cannot be, being longer than --max-tokens");
    out.reset();
    engine.exactMatch = Optional.empty();
    assertThat(run("eval --json")).isZero();
    json = JsonMapper.shared().readTree(out());
    assertThat(json.get("exact_match").isNull()).isTrue();
    assertThat(json.get("eval_file").isNull()).isTrue();
  }

  @Test
  void flagsReachTheEngineAndWithoutAnyItIsAllOfTheNewestRun() {
    assertThat(run("eval --quiet")).isZero();
    assertThat(
            run(
                "eval --quiet --run b --runs-dir r --checkpoint best --eval-file f.txt"
                    + " --num-eval-samples 7 --samples 3 --max-tokens 5 --max-bad-records 9"
                    + " --cache-dir c --threads 2"
                    + " --device cpu"))
        .isZero();
    assertThat(out()).isEmpty();
    assertThat(engine.evaluated.get(0).request()).isEqualTo(EvaluationRequest.OWN_SPLIT);
    EvalSettings settings = engine.evaluated.get(1);
    assertThat(settings.request())
        .isEqualTo(
            new EvaluationRequest(
                Optional.of(Path.of("f.txt")), 7, 3, 5, Optional.of(9), Optional.of(Path.of("c"))));
    assertThat(settings.get(RunSettings.RUN)).isEqualTo("b");
    assertThat(settings.get(InspectSettings.CHECKPOINT)).isEqualTo("best");
    assertThat(settings.get(RunSettings.THREADS)).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--num-eval-samples 0 | --num-eval-samples 0 leaves nothing: pass 1 or more, or -1 for all",
        "--max-tokens 0 | --max-tokens 0: must be a whole number from 1 to",
        "--checkpoint last | --checkpoint last: must be latest, best or a step",
        "--eval-fiel x | unknown option --eval-fiel: did you mean --eval-file?",
      })
  void wrongInputIsOneLineAndExitCode2(String words, String expected) {
    assertThat(run("eval " + words)).isEqualTo(2);
    assertThat(err()).startsWith("ghostmoe: ").contains(expected).hasLineCount(1);
    assertThat(engine.evaluated).isEmpty();
    assertThat(out()).isEmpty();
  }

  @Test
  void aFailureIsOneLineAndAnInterruptionIs130() {
    engine.failure = UserException.input("rows.jsonl has changed");
    assertThat(run("eval --quiet")).isEqualTo(2);
    assertThat(err()).isEqualTo("ghostmoe: rows.jsonl has changed" + System.lineSeparator());
    engine.failure = new CancellationException("evaluation was cancelled");
    assertThat(run("eval --quiet")).isEqualTo(130);
    assertThat(out()).isEmpty();
  }

  /** What an engine finds. */
  static Evaluation found(EvalSettings settings, Optional<Evaluation.ExactMatch> exactMatch) {
    return new Evaluation(
        "a-1",
        1200,
        "cpu",
        settings.find(EvalSettings.EVAL_FILE),
        1319,
        209_983,
        2.5,
        1.25,
        Math.exp(2.5),
        exactMatch,
        7);
  }
}
