package io.ghostmoe.cli;

import io.ghostmoe.Estimate;
import io.ghostmoe.Estimate.Length;
import io.ghostmoe.Estimate.Measurement;
import io.ghostmoe.Estimate.Memory;
import io.ghostmoe.Estimate.Time;
import io.ghostmoe.OptimizationSettings;
import io.ghostmoe.RunSettings;
import io.ghostmoe.TrainSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a run would take, in words for people and as values for programs. */
final class EstimateText {
  private static final String INDENT = " ".repeat(13);

  private EstimateText() {}

  static List<String> lines(Estimate estimate, TrainSettings settings) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "parameters   %s, of which a token meets %s%s"
            .formatted(
                Formats.count(estimate.parameters()),
                Formats.count(estimate.activeParameters()),
                estimate.awakeParameters() == estimate.parameters()
                    ? ""
                    : "; %s with every ghost awake"
                        .formatted(Formats.count(estimate.awakeParameters()))));
    memory(lines, estimate.memory(), settings);
    lines.add("steps        " + steps(estimate.length()));
    estimate.time().ifPresent(time -> time(lines, time, settings));
    return lines;
  }

  private static void memory(List<String> lines, Memory memory, TrainSettings settings) {
    lines.add(
        "memory       about %s, without the JVM itself:".formatted(Formats.bytes(memory.total())));
    lines.add(
        INDENT
            + "weights %s, gradients %s, moments %s, activations %s%s, workspace %s"
                .formatted(
                    Formats.bytes(memory.weights()),
                    Formats.bytes(memory.gradients()),
                    Formats.bytes(memory.moments()),
                    Formats.bytes(memory.activations()),
                    settings.get(RunSettings.ACTIVATION_CHECKPOINTING) ? " (checkpointed)" : "",
                    Formats.bytes(memory.workspace())));
    lines.add(
        INDENT
            + "%s: Java may use %s of this machine's %s"
                .formatted(
                    memory.fits() ? "fits" : "does not fit",
                    Formats.bytes(memory.available()),
                    Formats.bytes(memory.machine())));
    lines.add(
        "batch size   %s; %s"
            .formatted(
                Formats.count(settings.get(OptimizationSettings.BATCH_SIZE)),
                memory.largestBatchSize() == 0
                    ? "none fits: make the model smaller, or raise -Xmx in GHOSTMOE_JAVA_OPTS"
                    : "the largest that fits is " + Formats.count(memory.largestBatchSize())));
  }

  private static String steps(Length length) {
    String each = Formats.count(length.tokensPerStep(), "token") + " a step at most";
    if (length.steps().isEmpty()) {
      return "not known before the data are prepared (ghostmoe prepare): pass --max-steps; " + each;
    }
    String steps = Formats.count(length.steps().get());
    return length.prepared()
        ? "%s, %s epochs of %s, %s; %s"
            .formatted(
                steps,
                number(length.epochs().orElseThrow()),
                Formats.count(length.batchesPerEpoch().orElseThrow(), "batch", "batches"),
                Formats.count(length.tokens().orElseThrow(), "token"),
                each)
        : "%s; %s; the data are not prepared yet".formatted(steps, each);
  }

  private static void time(List<String> lines, Time time, TrainSettings settings) {
    String step = milliseconds(time.stepSeconds()) + " a step";
    lines.add(
        "time         about "
            + time.totalSeconds()
                .map(
                    total ->
                        "%s in all: %s, %s"
                            .formatted(Formats.duration(total), step, evaluations(time)))
                .orElse(step));
    Measurement measurement = time.measurement();
    int rows = settings.get(OptimizationSettings.BATCH_SIZE);
    lines.add(
        "measured     %s on %s%s, ghosts asleep; %s"
            .formatted(
                Formats.count(measurement.steps(), "step"),
                measurement.ownData() ? "the run's own batches" : "random tokens",
                measurement.rows() == rows
                    ? ""
                    : " of %s, extrapolated to %s"
                        .formatted(Formats.count(measurement.rows(), "row"), Formats.count(rows)),
                Formats.oneLine(measurement.device())));
  }

  private static String evaluations(Time time) {
    return time.evaluationSeconds()
        .map(
            seconds ->
                "%s of %s"
                    .formatted(
                        Formats.count(time.evaluations(), "evaluation"), milliseconds(seconds)))
        .orElse("evaluations not counted");
  }

  private static String milliseconds(double seconds) {
    return seconds < 1
        ? String.format(Locale.ROOT, "%.1f ms", 1e3 * seconds)
        : String.format(Locale.ROOT, "%.2f s", seconds);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  /** For {@code --json}; what is not known is null. */
  static Map<String, @Nullable Object> json(Estimate estimate) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("parameters", estimate.parameters());
    json.put("active_parameters", estimate.activeParameters());
    json.put("awake_parameters", estimate.awakeParameters());
    Memory memory = estimate.memory();
    json.put("memory_bytes", memory.total());
    json.put("weight_bytes", memory.weights());
    json.put("gradient_bytes", memory.gradients());
    json.put("moment_bytes", memory.moments());
    json.put("activation_bytes", memory.activations());
    json.put("workspace_bytes", memory.workspace());
    json.put("available_bytes", memory.available());
    json.put("machine_bytes", memory.machine());
    json.put("fits", memory.fits());
    json.put("largest_batch_size", memory.largestBatchSize());
    Length length = estimate.length();
    json.put("prepared", length.prepared());
    json.put("steps", length.steps().orElse(null));
    json.put("batches_per_epoch", length.batchesPerEpoch().orElse(null));
    json.put("epochs", length.epochs().orElse(null));
    json.put("tokens", length.tokens().orElse(null));
    json.put("tokens_per_step", length.tokensPerStep());
    json.put("time", estimate.time().map(EstimateText::json).orElse(null));
    return json;
  }

  private static Map<String, @Nullable Object> json(Time time) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("step_seconds", time.stepSeconds());
    json.put("train_seconds", time.trainSeconds().orElse(null));
    json.put("evaluations", time.evaluations());
    json.put("evaluation_seconds", time.evaluationSeconds().orElse(null));
    json.put("total_seconds", time.totalSeconds().orElse(null));
    json.put("device", time.measurement().device());
    json.put("measured_steps", time.measurement().steps());
    json.put("measured_rows", time.measurement().rows());
    json.put("own_data", time.measurement().ownData());
    return json;
  }
}
