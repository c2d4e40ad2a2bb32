package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.DataSettings;
import io.ghostmoe.Estimate;
import io.ghostmoe.ModelSettings;
import io.ghostmoe.TrainSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EstimateCommandTest {
  private static final String MEMORY =
      "memory       about 16.0 MiB, without the JVM itself:\n"
          + "             weights 1.0 MiB, gradients 1.0 MiB, moments 2.0 MiB, activations 4.0 MiB,"
          + " workspace 8.0 MiB\n";

  @TempDir Path folder;
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
    return out.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  private static Estimate estimate(long available, int largest, boolean known) {
    Optional<Double> evaluation = known ? Optional.of(2.5) : Optional.empty();
    Optional<Double> train = known ? Optional.of(40.0) : Optional.empty();
    return new Estimate(
        3_300_000,
        2_200_000,
        known ? 4_400_000 : 3_300_000,
        new Estimate.Memory(
            1 << 20, 1 << 20, 2 << 20, 4 << 20, 8 << 20, available, 24L << 30, largest),
        new Estimate.Length(
            known ? Optional.of(2000L) : Optional.empty(),
            known ? Optional.of(100L) : Optional.empty(),
            known ? Optional.of(20.0) : Optional.empty(),
            known ? Optional.of(389_960L) : Optional.empty(),
            384),
        Optional.of(
            new Estimate.Time(
                0.02,
                train,
                known ? 10 : 0,
                evaluation,
                new Estimate.Measurement("cpu", 48, known ? 8 : 2, known))));
  }

  @Test
  void aPersonReadsItAll() {
    engine.estimate = estimate(8L << 30, 1234, true);
    assertThat(run("estimate")).isZero();
    assertThat(out())
        .isEqualTo(
            "parameters   3,300,000, of which a token meets 2,200,000; 4,400,000 with every ghost"
                + " awake\n"
                + MEMORY
                + "             fits: Java may use 8.0 GiB of this machine's 24.0 GiB\n"
                + "batch size   8; the largest that fits is 1,234\n"
                + "steps        2,000, 20.0 epochs of 100 batches, 389,960 tokens; 384 tokens a"
                + " step at most\n"
                + "time         about 1:05 in all: 20.0 ms a step, 10 evaluations of 2.50 s\n"
                + "measured     48 steps on the run's own batches, ghosts asleep; cpu\n");
  }

  @Test
  void checkpointedActivationsAreSaidToBe() {
    engine.estimate = estimate(8L << 30, 1234, true);
    assertThat(run("estimate --activation-checkpointing")).isZero();
    assertThat(out()).contains("activations 4.0 MiB (checkpointed), workspace 8.0 MiB\n");
  }

  @Test
  void whatIsNotKnownIsSaid() {
    engine.estimate = estimate(8L << 20, 0, false);
    assertThat(run("estimate")).isZero();
    assertThat(out())
        .isEqualTo(
            "parameters   3,300,000, of which a token meets 2,200,000\n"
                + MEMORY
                + "             does not fit: Java may use 8.0 MiB of this machine's 24.0 GiB\n"
                + "batch size   8; none fits: make the model smaller, or raise -Xmx in"
                + " GHOSTMOE_JAVA_OPTS\n"
                + "steps        not known before the data are prepared (ghostmoe prepare): pass"
                + " --max-steps; 384 tokens a step at most\n"
                + "time         about 20.0 ms a step\n"
                + "measured     48 steps on random tokens of 2 rows, extrapolated to 8, ghosts"
                + " asleep; cpu\n");
  }

  @Test
  void aProgramReadsTheSame() {
    engine.estimate = estimate(8L << 30, 1234, true);
    assertThat(run("estimate --json")).isZero();
    JsonNode json = JsonMapper.shared().readTree(out());
    assertThat(json.get("parameters").longValue()).isEqualTo(3_300_000);
    assertThat(json.get("memory_bytes").longValue()).isEqualTo(16 << 20);
    assertThat(json.get("fits").booleanValue()).isTrue();
    assertThat(json.get("largest_batch_size").intValue()).isEqualTo(1234);
    assertThat(json.get("steps").longValue()).isEqualTo(2000);
    assertThat(json.get("time").get("total_seconds").doubleValue()).isEqualTo(65);
    assertThat(json.get("time").get("own_data").booleanValue()).isTrue();
    out.reset();
    engine.estimate = estimate(8L << 20, 0, false);
    assertThat(run("estimate --json")).isZero();
    json = JsonMapper.shared().readTree(out());
    assertThat(json.get("fits").booleanValue()).isFalse();
    assertThat(json.get("steps").isNull()).isTrue();
    assertThat(json.get("time").get("total_seconds").isNull()).isTrue();
  }

  @Test
  void itTakesTheSettingsOfTrainFromFileAndFlags() throws IOException {
    Path file =
        Files.writeString(folder.resolve("c.json"), "{\"dataset\":\"a.txt\",\"embed_dim\":64}");
    assertThat(run("estimate --quiet")).isZero();
    assertThat(run("estimate --quiet --measure=false --num-layers 3 --config " + file)).isZero();
    assertThat(out()).isEmpty();
    assertThat(engine.estimated.get(0).get(DataSettings.DATASET)).endsWith("lambda_dataset.json");
    TrainSettings settings = engine.estimated.get(1);
    assertThat(settings.get(DataSettings.DATASET)).isEqualTo("a.txt");
    assertThat(settings.get(ModelSettings.EMBED_DIM)).isEqualTo(64);
    assertThat(settings.get(ModelSettings.NUM_LAYERS)).isEqualTo(3);
    assertThat(engine.measured).containsExactly(true, false);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--embed-dim 33 --num-heads 2 | --embed-dim 33 is not divisible by --num-heads 2",
        "--measure=maybe | --measure maybe: must be true or false",
        "--batchsize 3 | unknown option --batchsize: did you mean --batch-size?",
      })
  void wrongInputIsOneLineAndExitCode2(String words, String expected) {
    assertThat(run("estimate " + words)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("ghostmoe: ")
        .contains(expected)
        .hasLineCount(1);
    assertThat(engine.estimated).isEmpty();
    assertThat(out()).isEmpty();
  }
}
