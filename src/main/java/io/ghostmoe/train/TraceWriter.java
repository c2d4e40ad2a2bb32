package io.ghostmoe.train;

import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.ModelFile;
import io.ghostmoe.checkpoint.SafetensorsWriter;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What another framework needs to replay a run: the initial weights, each step's batch and loss,
 * and the first step's gradients.
 */
public final class TraceWriter {
  private static final Pattern OURS =
      Pattern.compile("(step|grads)-\\d{5,}\\.safetensors|trace\\.jsonl");

  private final Path folder;
  private final int steps;
  private final Transformer model;
  private final Backend backend;

  private TraceWriter(Path folder, int steps, Transformer model, Backend backend) {
    this.folder = folder;
    this.steps = steps;
    this.model = model;
    this.backend = backend;
  }

  /**
   * Begins a trace with the configuration and the weights as they are.
   *
   * @param folder is made; a trace in it is replaced
   * @param steps how many to write
   * @param config the run's {@code config.json}
   * @param model that is trained; stays the caller's
   * @param backend that holds the model's weights
   * @return the trace, to be handed to a {@link Trainer}; there is nothing to close
   * @throws UserException where the folder cannot be written
   */
  public static TraceWriter begin(
      Path folder, int steps, String config, Transformer model, Backend backend) {
    TraceWriter trace = new TraceWriter(folder, steps, model, backend);
    trace.guarded(
        () -> {
          Files.createDirectories(folder);
          trace.removeOlder();
          Files.writeString(folder.resolve("config.json"), config);
          ModelFile.write(model.registry(), backend, folder.resolve("init.safetensors"));
        });
    return trace;
  }

  private void removeOlder() throws IOException {
    List<Path> older;
    try (Stream<Path> files = Files.list(folder)) {
      older = files.filter(file -> OURS.matcher(file.getFileName().toString()).matches()).toList();
    }
    for (Path file : older) {
      Files.delete(file);
    }
  }

  private Path log() {
    return folder.resolve("trace.jsonl");
  }

  /** Writes a step, between its gradients and its update; nothing after the last wanted one. */
  void step(TrainingStep.Gradients gradients, List<Batch> microBatches, TrainingStep step) {
    if (gradients.step() >= steps) {
      return;
    }
    guarded(
        () -> {
          batches(microBatches)
              .write(folder.resolve("step-%05d.safetensors".formatted(gradients.step())));
          if (gradients.step() == 0) {
            gradients().write(folder.resolve("grads-00000.safetensors"));
          }
          Files.writeString(
              log(),
              line(gradients, step) + "\n",
              StandardOpenOption.CREATE,
              StandardOpenOption.APPEND);
        });
  }

  /** The micro-batches of a step as one batch, rows after rows. */
  private static SafetensorsWriter batches(List<Batch> microBatches) {
    Batch first = microBatches.getFirst();
    long[] shape = {(long) first.rows() * microBatches.size(), first.length()};
    Map<String, Function<Batch, int[]>> arrays = new LinkedHashMap<>();
    arrays.put("input_ids", Batch::inputs);
    arrays.put("targets", Batch::targets);
    arrays.put("segment_ids", Batch::segments);
    arrays.put("positions", Batch::positions);
    SafetensorsWriter writer = new SafetensorsWriter();
    arrays.forEach(
        (name, array) ->
            writer.ints(name, shape, microBatches.size(), i -> array.apply(microBatches.get(i))));
    return writer;
  }

  private SafetensorsWriter gradients() {
    Map<String, List<Parameter>> byName = new LinkedHashMap<>();
    for (Parameter parameter : model.registry().parameters()) {
      byName.computeIfAbsent(parameter.name(), name -> new ArrayList<>()).add(parameter);
    }
    SafetensorsWriter writer = new SafetensorsWriter();
    byName.forEach(
        (name, slices) ->
            writer.floats(
                name,
                shape(slices),
                slices.size(),
                (slice, from, target, count) ->
                    backend.read(slices.get(slice).requireGradient(), from, target, count)));
    return writer;
  }

  private static long[] shape(List<Parameter> slices) {
    Parameter first = slices.getFirst();
    IntStream dims = IntStream.of(first.value().shape().toArray());
    return (first.stacked() ? IntStream.concat(IntStream.of(slices.size()), dims) : dims)
        .asLongStream()
        .toArray();
  }

  private static String line(TrainingStep.Gradients gradients, TrainingStep step) {
    JsonMapper mapper = JsonMapper.shared();
    ObjectNode json = mapper.createObjectNode();
    json.put("step", gradients.step());
    json.put("loss", gradients.loss());
    json.put("aux_loss", gradients.auxLoss());
    json.put("grad_norm", (double) gradients.gradientNorm());
    json.put("learning_rate", step.learningRate(gradients.step()));
    ArrayNode layers = json.putArray("ghost_learning_rates");
    for (List<Double> rates : step.ghostLearningRates(gradients.step())) {
      ArrayNode layer = layers.addArray();
      rates.forEach(rate -> layer.add(rate.doubleValue()));
    }
    return mapper.writeValueAsString(json);
  }

  @FunctionalInterface
  private interface Writing {
    void run() throws IOException;
  }

  private void guarded(Writing writing) {
    try {
      writing.run();
    } catch (IOException e) {
      throw UserException.environment(
          "--trace %s cannot be written: %s: name a folder that can."
              .formatted(folder, e.getMessage()),
          e);
    }
  }
}
