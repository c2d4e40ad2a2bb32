package io.ghostmoe.train;

import io.ghostmoe.base.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Metrics as JSON, names in snake_case; a number that is not finite becomes null. */
public final class MetricsJson {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private MetricsJson() {}

  /** A line of {@code metrics.jsonl}, without the end of line. */
  static String line(StepMetrics step, Optional<EvaluationMetrics> evaluation) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("step", step.step());
    put(json, "epoch", step.epoch());
    json.put("tokens", step.tokens());
    put(json, "loss", step.loss());
    put(json, "learning_rate", step.learningRate());
    nested(json.putArray("ghost_learning_rates"), step.ghostLearningRates());
    put(json, "grad_norm", step.gradNorm());
    put(json, "tokens_per_second", step.tokensPerSecond());
    put(json, "step_ms", step.stepMs());
    ArrayNode states = json.putArray("ghost_states");
    step.ghostStates().forEach(layer -> layer.forEach(states.addArray()::add));
    nested(json.putArray("ghost_activations"), step.ghostActivations());
    numbers(json.putArray("saturation"), step.saturation());
    nested(json.putArray("expert_load"), step.expertLoad());
    evaluation.ifPresent(found -> put(json, found));
    return MAPPER.writeValueAsString(json);
  }

  private static void put(ObjectNode json, EvaluationMetrics evaluation) {
    put(json, "eval_loss", evaluation.loss());
    put(json, "eval_bits_per_byte", evaluation.bitsPerByte());
    put(json, "eval_perplexity", evaluation.perplexity());
  }

  /** The same line with an evaluation, where it is that of the evaluation's step. */
  static String completed(String line, EvaluationMetrics evaluation) {
    ObjectNode json = (ObjectNode) MAPPER.readTree(line);
    if (json.path("step").asLong(-1) == evaluation.step()) {
      put(json, evaluation);
    }
    return MAPPER.writeValueAsString(json);
  }

  /**
   * {@return a summary as one object over several lines, the last of them ended}
   *
   * @param summary what came out of a run
   */
  public static String summary(RunSummary summary) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("run", summary.run());
    json.put("parameters", summary.parameters());
    json.put("active_parameters", summary.activeParameters());
    json.put("awake_parameters", summary.awakeParameters());
    json.put("device", summary.device());
    json.put("dataset", summary.dataset());
    json.put("cache_hit", summary.cacheHit());
    json.put("interrupted", summary.interrupted());
    json.put("steps", summary.steps());
    json.put("tokens", summary.tokens());
    put(json, "first_loss", summary.firstLoss());
    put(json, "last_loss", summary.lastLoss());
    put(json, "final_loss", summary.finalLoss());
    put(json, "final_eval_loss", summary.finalEvalLoss());
    put(json, "final_eval_bits_per_byte", summary.finalEvalBitsPerByte());
    ObjectNode seconds = json.putObject("seconds");
    summary.seconds().forEach((phase, value) -> put(seconds, phase, value));
    put(json, "tokens_per_second", summary.tokensPerSecond());
    json.put("peak_rss_bytes", summary.peakRssBytes());
    return MAPPER.writer(SerializationFeature.INDENT_OUTPUT).writeValueAsString(json) + "\n";
  }

  /**
   * Publishes a run's {@code summary.json}.
   *
   * @param summary what came out of the run
   * @param file that is replaced, or made
   * @throws IOException if it cannot be written
   */
  public static void write(RunSummary summary, Path file) throws IOException {
    AtomicFiles.writeString(file, summary(summary));
  }

  /**
   * {@return whether a file is the summary of a run that came to its last step; false where it
   * cannot be read}
   *
   * @param steps of the whole run
   * @param file which need not exist
   */
  public static boolean isSummaryAfter(long steps, Path file) {
    try {
      JsonNode json = MAPPER.readTree(Files.readAllBytes(file));
      return json.path("steps").asLong(-1) == steps && !json.path("interrupted").asBoolean(true);
    } catch (IOException | JacksonException e) {
      return false;
    }
  }

  private static void put(ObjectNode json, String name, double value) {
    if (Double.isFinite(value)) {
      json.put(name, value);
    } else {
      json.putNull(name);
    }
  }

  private static void nested(ArrayNode array, List<List<Double>> layers) {
    layers.forEach(layer -> numbers(array.addArray(), layer));
  }

  private static void numbers(ArrayNode array, List<Double> values) {
    for (double value : values) {
      if (Double.isFinite(value)) {
        array.add(value);
      } else {
        array.addNull();
      }
    }
  }
}
