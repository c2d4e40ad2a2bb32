package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.ModelFile;
import io.ghostmoe.checkpoint.SafetensorsReader;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.data.tokenizer.Tokenizers;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import io.ghostmoe.train.GhostLifecycle;
import io.ghostmoe.train.TrainListener;
import io.ghostmoe.train.TrainingStep;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code --trace} writes is enough to do the run again. */
class RunTraceTest {
  private static final int STEPS = 4;

  @TempDir Path folder;
  private RunFixture fixture;
  private Path trace;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
    trace = folder.resolve("trace");
  }

  private SettingsBuilder<TrainSettings> traced(String run) {
    return fixture
        .settings(run)
        .with(DataSettings.LOSS_ON, "answer")
        .with(ModelSettings.AUX_LOSS, 0.01)
        .with(RunSettings.TRACE, trace)
        .with(RunSettings.TRACE_STEPS, STEPS);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(trace)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void traceFilesReplay(int accumulation) throws IOException {
    fixture.train(traced("a").with(OptimizationSettings.GRAD_ACCUMULATION, accumulation));
    assertThat(names())
        .containsExactly(
            "config.json",
            "grads-00000.safetensors",
            "init.safetensors",
            "step-00000.safetensors",
            "step-00001.safetensors",
            "step-00002.safetensors",
            "step-00003.safetensors",
            "trace.jsonl");
    TrainSettings settings = TrainSettings.of(TrainSettings.readJson(trace.resolve("config.json")));
    assertThat(settings.get(OptimizationSettings.GRAD_ACCUMULATION)).isEqualTo(accumulation);
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(trace.resolve("trace.jsonl"))) {
      lines.add(JsonMapper.shared().readTree(line));
    }
    assertThat(lines).hasSize(STEPS);
    replay(settings, lines);
  }

  private void replay(TrainSettings settings, List<JsonNode> lines) {
    int vocabulary = vocabulary(settings);
    try (Backend backend = new VectorBackend(1);
        Arena files = Arena.ofConfined();
        Transformer model =
            new Transformer(EngineConfig.model(settings, vocabulary), backend, 999, true);
        AdamW optimizer = new AdamW(EngineConfig.optimizer(settings), model.registry(), backend);
        TrainingStep step =
            new TrainingStep(
                model,
                optimizer,
                EngineConfig.schedule(settings),
                backend,
                new GhostLifecycle(EngineConfig.ghosts(settings), model),
                EngineConfig.real(settings, ModelSettings.BALANCE_RATE),
                0)) {
      ModelFile.read(model.registry(), backend, trace.resolve("init.safetensors"));
      for (int t = 0; t < STEPS; t++) {
        Path file = trace.resolve("step-%05d.safetensors".formatted(t));
        SafetensorsReader reader = SafetensorsReader.open(file, files);
        TrainingStep.Gradients found = step.gradients(t, microBatches(reader, settings));
        assertThat(lines.get(t).propertyNames())
            .containsExactly(
                "step", "loss", "aux_loss", "grad_norm", "learning_rate", "ghost_learning_rates");
        assertThat(lines.get(t).get("step").asInt()).isEqualTo(t);
        assertThat(lines.get(t).get("loss").asDouble()).isEqualTo(found.loss());
        assertThat(lines.get(t).get("aux_loss").asDouble()).isEqualTo(found.auxLoss()).isPositive();
        assertThat(lines.get(t).get("grad_norm").asDouble()).isEqualTo(found.gradientNorm());
        assertThat(lines.get(t).get("learning_rate").asDouble()).isEqualTo(step.learningRate(t));
        assertThat(lines.get(t).get("ghost_learning_rates").size()).isEqualTo(2);
        if (t == 0) {
          assertGradients(model, backend, files);
        }
        step.update(found);
      }
    }
  }

  private static int vocabulary(TrainSettings settings) {
    try (var tokenizer = Tokenizers.open(settings.get(DataSettings.TOKENIZER))) {
      return tokenizer.vocabularySize();
    }
  }

  private void assertGradients(Transformer model, Backend backend, Arena files) {
    SafetensorsReader reader =
        SafetensorsReader.open(trace.resolve("grads-00000.safetensors"), files);
    assertThat(reader.entries())
        .hasSize(
            (int) model.registry().parameters().stream().map(Parameter::name).distinct().count());
    for (Parameter parameter : model.registry().parameters()) {
      float[] found = new float[parameter.value().elements()];
      float[] written = new float[found.length];
      backend.read(parameter.requireGradient(), found);
      reader.read(
          parameter.name(), (long) parameter.slice() * found.length, written, 0, found.length);
      assertThat(written).as(parameter.name()).isEqualTo(found);
    }
  }

  /** The rows of a step's file, batch_size of them a micro-batch. */
  private static List<Batch> microBatches(SafetensorsReader reader, TrainSettings settings) {
    int rows = settings.get(OptimizationSettings.BATCH_SIZE);
    int count = settings.get(OptimizationSettings.GRAD_ACCUMULATION);
    long length = settings.get(DataSettings.MAX_SEQ_LENGTH);
    for (String name : List.of("input_ids", "targets", "segment_ids", "positions")) {
      assertThat(reader.entry(name).type().name()).isEqualTo("I32");
      assertThat(reader.entry(name).shape()).containsExactly((long) rows * count, length);
    }
    assertThat(reader.entries()).hasSize(4);
    List<Batch> batches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int size = rows * (int) length;
      int[] targets = part(reader, "targets", i, size);
      int[] segments = part(reader, "segment_ids", i, size);
      batches.add(
          new Batch(
              rows,
              (int) length,
              part(reader, "input_ids", i, size),
              targets,
              segments,
              part(reader, "positions", i, size),
              (int) Arrays.stream(targets).filter(target -> target >= 0).count(),
              (int) Arrays.stream(segments).filter(segment -> segment >= 0).count(),
              0));
    }
    return batches;
  }

  private static int[] part(SafetensorsReader reader, String name, int index, int size) {
    int[] values = new int[size];
    reader.read(name, (long) index * size, values, 0, size);
    return values;
  }

  @Test
  void aShorterTraceInTheSamePlaceLeavesNothingOfTheLongerOne() throws IOException {
    fixture.train(traced("a"));
    Files.writeString(trace.resolve("notes.txt"), "mine");
    fixture.train(traced("b").with(RunSettings.TRACE_STEPS, 2));
    assertThat(names())
        .containsExactly(
            "config.json",
            "grads-00000.safetensors",
            "init.safetensors",
            "notes.txt",
            "step-00000.safetensors",
            "step-00001.safetensors",
            "trace.jsonl");
    assertThat(Files.readAllLines(trace.resolve("trace.jsonl"))).hasSize(2);
  }

  @Test
  void aTraceOfARunThatIsResumedIsRefused() {
    var _ = GhostMoE.train(fixture.settings("a").build(), RunFixture.stoppingAfter(2));
    SettingValues flags = fixture.resuming("a").with(RunSettings.TRACE, trace);
    assertThatThrownBy(
            () ->
                GhostMoE.train(
                    TrainSettings.layered(Optional.empty(), flags), TrainListener.SILENT))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageContainingAll("--trace", "--resume");
    assertThat(trace).doesNotExist();
  }
}
