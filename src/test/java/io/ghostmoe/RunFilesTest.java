package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.checkpoint.SafetensorsEntry;
import io.ghostmoe.checkpoint.SafetensorsReader;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a run leaves on disk is what the command line's document promises. */
class RunFilesTest {
  private static final int BYTES = 257;

  @TempDir Path folder;
  private RunFixture fixture;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
  }

  private List<JsonNode> metrics(String run) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(fixture.run(run).metrics())) {
      lines.add(JsonMapper.shared().readTree(line));
    }
    return lines;
  }

  @Test
  void theSummaryAndMetricsHoldWhatTheCommandLineDocumentPromises() throws IOException {
    fixture.train(fixture.settings("a"));
    List<JsonNode> lines = metrics("a");
    assertThat(lines).hasSize(12);
    for (int i = 0; i < lines.size(); i++) {
      assertLine(lines.get(i), i + 1);
      assertThat(lines.get(i).has("eval_loss")).isEqualTo((i + 1) % 4 == 0);
    }
    JsonNode last = lines.getLast();
    double evalLoss = last.get("eval_loss").asDouble();
    assertThat(last.get("eval_perplexity").asDouble()).isEqualTo(Math.exp(evalLoss));
    JsonNode summary = RunFixture.json(fixture.run("a").summary());
    assertThat(summary.propertyNames())
        .contains("device", "dataset", "cache_hit", "parameters", "active_parameters");
    assertThat(summary.get("steps").asLong()).isEqualTo(12);
    assertThat(summary.get("tokens").asLong()).isEqualTo(last.get("tokens").asLong());
    List<Double> losses = lines.stream().map(line -> line.get("loss").asDouble()).toList();
    assertThat(summary.get("first_loss").asDouble()).isEqualTo(losses.getFirst());
    assertThat(summary.get("last_loss").asDouble()).isEqualTo(losses.getLast());
    double lastTen = losses.subList(2, 12).stream().mapToDouble(x -> x).sum() / 10;
    assertThat(summary.get("final_loss").asDouble()).isCloseTo(lastTen, within(1e-12));
    assertThat(summary.get("final_eval_loss").asDouble()).isEqualTo(evalLoss);
    assertThat(summary.get("final_eval_bits_per_byte").asDouble())
        .isEqualTo(last.get("eval_bits_per_byte").asDouble());
    assertThat(summary.get("seconds").propertyNames())
        .containsExactly("start", "data", "model", "train", "eval");
    assertThat(summary.get("seconds").values()).allMatch(phase -> phase.asDouble() > 0);
    double seconds = summary.get("seconds").get("train").asDouble();
    assertThat(summary.get("tokens_per_second").asDouble())
        .isCloseTo(summary.get("tokens").asLong() / seconds, within(1e-6));
    assertThat(summary.get("peak_rss_bytes").asLong()).isGreaterThan(1 << 24);
    assertThat(summary.get("interrupted").asBoolean()).isFalse();
    assertParameters(summary);
  }

  private static void assertLine(JsonNode line, int step) {
    assertThat(line.get("step").asInt()).isEqualTo(step);
    assertThat(line.get("loss").asDouble()).isBetween(1.0, 7.0);
    assertThat(line.get("grad_norm").asDouble()).isPositive();
    assertThat(line.get("learning_rate").asDouble()).isBetween(1e-4, 1e-3);
    double tokens = line.get("tokens_per_second").asDouble() * line.get("step_ms").asDouble() / 1e3;
    assertThat(tokens).isCloseTo(Math.rint(tokens), within(1e-6));
    assertThat(Math.rint(tokens)).isBetween(1.0, 66.0);
    assertThat(line.get("epoch").asDouble()).isPositive();
    for (String perLayer :
        List.of("ghost_learning_rates", "ghost_states", "ghost_activations", "expert_load")) {
      assertThat(line.get(perLayer).size()).as(perLayer).isEqualTo(2);
    }
    assertThat(line.get("saturation").isArray()).isTrue();
    for (JsonNode layer : line.get("expert_load")) {
      assertThat(layer.size()).isEqualTo(3);
      double sum = 0;
      for (JsonNode share : layer) {
        assertThat(share.asDouble()).isBetween(0.0, 0.5); // two of three experts, never one twice
        sum += share.asDouble();
      }
      assertThat(sum).isCloseTo(1, within(1e-12));
    }
  }

  private void assertParameters(JsonNode summary) {
    long all = 0;
    for (Map.Entry<String, List<Long>> tensor : shapes().entrySet()) {
      if (!tensor.getKey().endsWith("balance_bias")) {
        all += tensor.getValue().stream().reduce(1L, Math::multiplyExact);
      }
    }
    long expert = 2 * 12 * 19 + 12 + 19;
    assertThat(summary.get("parameters").asLong()).isEqualTo(all);
    assertThat(summary.get("awake_parameters").asLong()).isEqualTo(all);
    assertThat(summary.get("active_parameters").asLong()).isEqualTo(all - 2 * expert);
  }

  /** CLI.md's table for V 257, T 33, C 12, F 19, E 3 and two layers. */
  private static Map<String, List<Long>> shapes() {
    long v = BYTES;
    long c = 12;
    long f = 19;
    long e = 3;
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put("token_embedding.weight", List.of(v, c));
    shapes.put("position_embedding.weight", List.of(33L, c));
    for (String layer : List.of("layers.0.", "layers.1.")) {
      shapes.put(layer + "attention_norm.weight", List.of(c));
      shapes.put(layer + "attention_norm.bias", List.of(c));
      shapes.put(layer + "attention.qkv.weight", List.of(3 * c, c));
      shapes.put(layer + "attention.qkv.bias", List.of(3 * c));
      shapes.put(layer + "attention.output.weight", List.of(c, c));
      shapes.put(layer + "attention.output.bias", List.of(c));
      shapes.put(layer + "moe_norm.weight", List.of(c));
      shapes.put(layer + "moe_norm.bias", List.of(c));
      shapes.put(layer + "moe.router.weight", List.of(e, c));
      shapes.put(layer + "moe.balance_bias", List.of(e));
      shapes.put(layer + "moe.experts.up.weight", List.of(e, f, c));
      shapes.put(layer + "moe.experts.up.bias", List.of(e, f));
      shapes.put(layer + "moe.experts.down.weight", List.of(e, c, f));
      shapes.put(layer + "moe.experts.down.bias", List.of(e, c));
    }
    shapes.put("output_norm.weight", List.of(c));
    shapes.put("output_norm.bias", List.of(c));
    shapes.put("head.weight", List.of(v, c));
    shapes.put("head.bias", List.of(v));
    return shapes;
  }

  @Test
  void theModelFileHoldsTheDocumentedNamesAndShapes() {
    fixture.train(fixture.settings("a"));
    try (Arena arena = Arena.ofConfined()) {
      Path file = fixture.checkpointFile("a", 12, "model.safetensors");
      SafetensorsReader reader = SafetensorsReader.open(file, arena);
      Map<String, List<Long>> found = new LinkedHashMap<>();
      for (SafetensorsEntry entry : reader.entries()) {
        assertThat(entry.type().name()).isEqualTo("F32");
        found.put(entry.name(), entry.shape());
      }
      assertThat(found).containsExactlyInAnyOrderEntriesOf(shapes());
    }
  }

  @Test
  void twoRunsWriteTheSameBytes() throws IOException {
    for (String run : List.of("a", "b")) {
      fixture.train(fixture.settings(run).with(ModelSettings.DROPOUT, 0.2));
    }
    for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
      assertThat(fixture.checkpointFile("a", 12, file))
          .hasSameBinaryContentAs(fixture.checkpointFile("b", 12, file));
    }
    fixture.train(fixture.settings("c").with(RunSettings.SEED, 43L));
    assertThat(Files.mismatch(model("a"), model("c"))).isNotNegative();
  }

  private Path model(String run) {
    return fixture.checkpointFile(run, 12, "model.safetensors");
  }

  @Test
  void theFirstLossIsThatOfTheInitialisation() {
    RunSummary summary =
        fixture.train(
            fixture
                .settings("gpt2")
                .with(DataSettings.TOKENIZER, "gpt2")
                .with(DataSettings.BATCHING, "padded")
                .with(DataSettings.MAX_SEQ_LENGTH, 256)
                .with(ModelSettings.EMBED_DIM, 32)
                .with(ModelSettings.NUM_LAYERS, 1)
                .with(ModelSettings.NUM_EXPERTS, 2)
                .with(ModelSettings.EXPERT_HIDDEN, 128)
                .with(OptimizationSettings.BATCH_SIZE, 4)
                .with(OptimizationSettings.MAX_STEPS, 1));
    double expected = Math.log(50257) + 32 * 0.02 * 0.02 / 2;
    assertThat(summary.firstLoss()).isCloseTo(expected, within(0.005 * expected));
    assertThat(summary.parameters()).isEqualTo(3_296_081);
  }

  @Test
  void theConfigurationOfARunStartsAnotherLikeItAndNothingElse() throws IOException {
    fixture.train(fixture.settings("a"));
    fixture.train(fixture.settings("a").with(RunSettings.OVERWRITE, true));
    var _ = GhostMoE.train(fixture.settings("b").build(), RunFixture.stoppingAfter(5));
    var _ = fixture.resume("b", TrainListener.SILENT);
    for (String run : List.of("a", "b")) {
      JsonNode config = RunFixture.json(fixture.run(run).config());
      assertThat(config.get("overwrite").asBoolean()).as(run).isFalse();
      assertThat(config.get("resume").asBoolean()).as(run).isFalse();
      assertThat(config.get("warmup_steps").asInt(-1)).isZero();
      assertThat(config.get("min_learning_rate").asDouble()).isEqualTo(1e-4);
      assertThat(config.propertyNames())
          .containsAll(TrainSettings.TABLE.all().stream().map(Setting::name).toList());
    }
  }
}
