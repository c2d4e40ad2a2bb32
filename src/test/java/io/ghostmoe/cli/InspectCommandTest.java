package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.InspectSettings;
import io.ghostmoe.RunInspection.GhostInfo;
import io.ghostmoe.RunInspection.LayerInfo;
import io.ghostmoe.RunSettings;
import io.ghostmoe.base.UserException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class InspectCommandTest {
  private final FakeEngine engine = new FakeEngine();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    Terminal terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false,
            80);
    return new CommandLineApp(engine, terminal, new Cancellation()).run(args);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aPersonReadsTensorsTotalsAndTheGhostsOfEachLayerThatHasAny() {
    assertThat(run("inspect")).isZero();
    assertThat(out().lines())
        .containsExactly(
            "run         a-1",
            "checkpoint  %s, after step 1,200"
                .formatted(Path.of("runs", "a-1", "checkpoints", "step-00001200")),
            "",
            "NAME                       SHAPE            COUNT     MEMORY",
            "token_embedding.weight     [50257, 32]  1,608,224    6.1 MiB",
            "layers.0.moe.balance_bias  [6]                  6       24 B  a state: not learned,"
                + " not counted",
            "head?.bias                 [50257]         50,257  196.3 KiB",
            "",
            "parameters         1,658,481, with 2 of 4 ghosts awake",
            "active parameters  1,608,224 a token",
            "weights            6.3 MiB in float32",
            "checkpoint         19.0 MiB with the optimizer's moments and the run's state",
            "",
            "layer 0: 4 primary experts, 2 of 4 ghosts awake",
            "GHOST  STATE      ACTIVATION  WAKE STEP  EXPERT  PARENT",
            "    0  ACTIVE           1.00        600       4       2",
            "    1  AWAKENING        0.25      1,175       5       -",
            "    2  AWAKENING        0.01      1,201       6       0  no weights before that step",
            "    3  DORMANT          0.00          -       -       -  no weights");
    assertThat(err()).isEmpty();
  }

  @Test
  void aGhostThatCameWithTheWeightsHasNoWakeStep() {
    GhostInfo ghost =
        new GhostInfo("ACTIVE", 1, true, Optional.empty(), Optional.of(4), Optional.of(2));
    assertThat(InspectionTable.ghosts(new LayerInfo(4, 5, List.of(ghost))).getLast())
        .endsWith(
            "ACTIVE        1.00          -       4       2  came with the weights of --init-from");
  }

  @Test
  void aProgramReadsTheSame() {
    assertThat(run("inspect", "--json")).isZero();
    JsonNode json = JsonMapper.shared().readTree(out());
    assertThat(json.propertyNames())
        .containsExactly(
            "run",
            "checkpoint",
            "step",
            "parameters",
            "awake_parameters",
            "active_parameters",
            "weight_bytes",
            "checkpoint_bytes",
            "tensors",
            "layers");
    assertThat(json.get("step").asLong()).isEqualTo(1200);
    assertThat(json.get("active_parameters").asLong()).isEqualTo(1_608_224);
    assertThat(json.get("tensors").get(1).toString())
        .isEqualTo(
            "{\"name\":\"layers.0.moe.balance_bias\",\"shape\":[6],\"count\":6,\"bytes\":24,"
                + "\"learned\":false}");
    assertThat(json.get("layers").get(0).get("ghosts").get(0).toString())
        .isEqualTo(
            "{\"ghost\":0,\"state\":\"ACTIVE\",\"activation\":1.0,\"has_weights\":true,"
                + "\"wake_step\":600,\"expert\":4,\"parent\":2}");
    assertThat(json.get("layers").get(0).get("ghosts").get(3).get("wake_step").isNull()).isTrue();
    assertThat(json.get("layers").get(1).toString())
        .isEqualTo("{\"layer\":1,\"primaries\":4,\"experts\":4,\"ghosts\":[]}");
  }

  @Test
  void flagsReachTheEngineAndWithoutAnyItIsTheLatestOfTheNewestRun() {
    assertThat(run("inspect", "--quiet")).isZero();
    assertThat(run("inspect", "--quiet", "--run", "b", "--runs-dir", "r", "--checkpoint", "30"))
        .isZero();
    assertThat(out()).isEmpty();
    assertThat(engine.inspected.get(0).find(RunSettings.RUN)).isEqualTo(Optional.empty());
    assertThat(engine.inspected.get(0).get(RunSettings.RUNS_DIR)).isEqualTo(Path.of("runs"));
    assertThat(engine.inspected.get(0).get(InspectSettings.CHECKPOINT)).isEqualTo("latest");
    assertThat(engine.inspected.get(1).get(RunSettings.RUN)).isEqualTo("b");
    assertThat(engine.inspected.get(1).get(RunSettings.RUNS_DIR)).isEqualTo(Path.of("r"));
    assertThat(engine.inspected.get(1).get(InspectSettings.CHECKPOINT)).isEqualTo("30");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--checkpoint last | --checkpoint last: must be latest, best or a step (default latest)",
        "--checkpoint -1 | --checkpoint",
        "--chekpoint best | unknown option --chekpoint: did you mean --checkpoint?",
        "a | \"a\" is one word too many",
      })
  void wrongInputIsOneLineAndExitCode2(String words, String expected) {
    assertThat(run(("inspect " + words).split(" "))).isEqualTo(2);
    assertThat(err()).startsWith("ghostmoe: ").contains(expected).hasLineCount(1);
    assertThat(engine.inspected).isEmpty();
    assertThat(out()).isEmpty();
  }

  @Test
  void aFailureComesBeforeTheFirstLine() {
    engine.failure = UserException.input("no run x in runs: did you mean --run y?");
    assertThat(run("inspect", "--run", "x")).isEqualTo(2);
    assertThat(err())
        .isEqualTo("ghostmoe: no run x in runs: did you mean --run y?" + System.lineSeparator());
    assertThat(out()).isEmpty();
  }

  @Test
  void theCompletionKnowsTheCommandAndTheWordsForACheckpoint() {
    assertThat(run("completion")).isZero();
    assertThat(out())
        .contains(
            "the `inspect` subcommand", "_option_args=(\"latest\" \"best\") # --checkpoint values");
  }
}
