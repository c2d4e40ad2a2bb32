package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.checkpoint.SafetensorsReader;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.optim.AdamWConfig;
import io.ghostmoe.optim.Schedule;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBackend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * The model against PyTorch in double precision: losses, every parameter's gradient, and the
 * weights after ten AdamW steps. {@code bench/peers/make_golden.py} made the files.
 */
class GoldenTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden");

  /**
   * How much further from double precision than PyTorch's own float32 a sum in another order may
   * be.
   */
  private static final double SLACK = 16;

  /**
   * A step of AdamW is a ratio of gradients, so where a gradient is what cancellation left over, a
   * small part of the path is noise: 3e-5 of the ten learning rates' sum of 0.06, before the slack.
   */
  private static final double PATH_NOISE = 3e-5 * 0.06;

  static Stream<Arguments> variantsAndBackends() {
    return Stream.of("top1", "top2")
        .flatMap(
            variant ->
                Stream.of(
                    Arguments.of(variant, "vector"),
                    Arguments.of(variant, "scalar float"),
                    Arguments.of(variant, "scalar double")));
  }

  private static Backend backend(String name) {
    return switch (name) {
      case "vector" -> new VectorBackend(2);
      case "scalar float" -> ScalarBackend.float32();
      case "scalar double" -> ScalarBackend.float64();
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @MethodSource("variantsAndBackends")
  void lossesGradientsAndTenStepsAreThoseOfPyTorch(String variant, String backendName)
      throws Exception {
    Path folder = FOLDER.resolve(variant);
    ObjectMapper json = new ObjectMapper();
    JsonNode config = json.readTree(folder.resolve("config.json").toFile());
    JsonNode yardsticks = json.readTree(folder.resolve("float32.json").toFile());
    JsonNode wanted = json.readTree(folder.resolve("losses.json").toFile());
    try (Backend backend = backend(backendName);
        Arena files = Arena.ofConfined();
        Transformer model = new Transformer(modelConfig(config), backend, 1, true);
        AdamW optimizer = optimizer(config, model, backend);
        TrainingStep step =
            new TrainingStep(
                model,
                optimizer,
                schedule(config),
                backend,
                GhostFixture.none(model),
                real(config, "balance_rate"),
                1)) {
      load(model, SafetensorsReader.open(folder.resolve("init.safetensors"), files), backend);
      for (int t = 0; t < 10; t++) {
        var file = SafetensorsReader.open(folder.resolve("batch-" + t + ".safetensors"), files);
        TrainingStep.Gradients gradients = step.gradients(t, List.of(batch(file, config)));
        String place = variant + " " + backendName + " step " + t;
        assertClose(
            place + " loss",
            gradients.loss(),
            wanted.get("losses").get(t).asDouble(),
            yardsticks.get("losses").asDouble());
        assertClose(
            place + " norm",
            gradients.gradientNorm(),
            wanted.get("grad_norms").get(t).asDouble(),
            yardsticks.get("grad_norms").asDouble());
        assertThat(gradients.auxLoss())
            .as(place + " auxiliary loss")
            .isCloseTo(wanted.get("aux_losses").get(t).asDouble(), within(1e-6));
        if (t == 0) {
          assertGradients(
              model,
              SafetensorsReader.open(folder.resolve("grads.safetensors"), files),
              yardsticks.get("grads"),
              backend);
        }
        step.update(gradients);
      }
      assertWeights(
          model,
          SafetensorsReader.open(folder.resolve("weights-10.safetensors"), files),
          yardsticks.get("weights_10_without_key_bias"),
          backend);
    }
  }

  private static void assertClose(String what, double got, double want, double yardstick) {
    assertThat(got).as(what).isCloseTo(want, within(SLACK * yardstick));
  }

  private static void assertGradients(
      Transformer model, SafetensorsReader file, JsonNode yardsticks, Backend backend) {
    for (Parameter parameter : model.registry().parameters()) {
      String name = parameter.name();
      float[] want = slice(file, name, parameter.slice(), parameter.value());
      compare(
          "gradient of " + name,
          parameter.requireGradient(),
          want,
          yardsticks.get(name).asDouble(),
          index -> true,
          backend);
    }
  }

  private static void assertWeights(
      Transformer model, SafetensorsReader file, JsonNode yardsticks, Backend backend) {
    int width = model.config().width();
    for (ParameterRegistry.Entry entry : model.registry().entries()) {
      String name = entry.name();
      // the keys' bias moves all scores of a query alike: its gradient is rounding, which AdamW
      // scales up to whole steps
      IntPredicate determined =
          name.endsWith(".qkv.bias") ? i -> i < width || i >= 2 * width : i -> true;
      for (int i = 0; i < entry.slices().size(); i++) {
        Tensor tensor = entry.slices().get(i);
        compare(
            "weights of " + name,
            tensor,
            slice(file, name, i, tensor),
            Math.max(PATH_NOISE, yardsticks.get(name).asDouble()),
            determined,
            backend);
      }
    }
  }

  private static void compare(
      String what,
      Tensor tensor,
      float[] want,
      double yardstick,
      IntPredicate determined,
      Backend backend) {
    float[] got = new float[tensor.elements()];
    backend.read(tensor, got);
    for (int i = 0; i < got.length; i++) {
      if (determined.test(i)) {
        assertClose(what + ", element " + i, got[i], want[i], yardstick);
      }
    }
  }

  private static float[] slice(SafetensorsReader file, String name, int slice, Tensor tensor) {
    float[] values = new float[tensor.elements()];
    file.read(name, (long) slice * values.length, values, 0, values.length);
    return values;
  }

  private static void load(Transformer model, SafetensorsReader file, Backend backend) {
    for (ParameterRegistry.Entry entry : model.registry().entries()) {
      assertThat(file.entry(entry.name()).shape())
          .as(entry.name())
          .isEqualTo(Arrays.stream(entry.fileShape()).asLongStream().boxed().toList());
      for (int i = 0; i < entry.slices().size(); i++) {
        backend.write(slice(file, entry.name(), i, entry.slices().get(i)), entry.slices().get(i));
      }
    }
  }

  private static Batch batch(SafetensorsReader file, JsonNode config) {
    int rows = config.get("batch_size").asInt();
    int length = config.get("max_seq_length").asInt();
    int[] targets = ints(file, "targets", rows * length);
    int[] segments = ints(file, "segment_ids", rows * length);
    int scored = (int) Arrays.stream(targets).filter(t -> t >= 0).count();
    int real = (int) Arrays.stream(segments).filter(s -> s >= 0).count();
    return new Batch(
        rows,
        length,
        ints(file, "input_ids", rows * length),
        targets,
        segments,
        ints(file, "positions", rows * length),
        scored,
        real,
        scored);
  }

  private static int[] ints(SafetensorsReader file, String name, int count) {
    int[] values = new int[count];
    file.read(name, values);
    return values;
  }

  private static ModelConfig modelConfig(JsonNode c) {
    return new ModelConfig(
        c.get("vocab_size").asInt(),
        c.get("max_seq_length").asInt(),
        c.get("embed_dim").asInt(),
        c.get("num_layers").asInt(),
        c.get("num_heads").asInt(),
        c.get("num_experts").asInt(),
        c.get("top_k").asInt(),
        c.get("expert_hidden").asInt(),
        0,
        real(c, "aux_loss"),
        real(c, "z_loss"));
  }

  private static AdamW optimizer(JsonNode c, Transformer model, Backend backend) {
    AdamWConfig config =
        new AdamWConfig(
            real(c, "beta1"),
            real(c, "beta2"),
            real(c, "epsilon"),
            real(c, "weight_decay"),
            real(c, "grad_clip"));
    return new AdamW(config, model.registry(), backend);
  }

  private static Schedule schedule(JsonNode c) {
    return new Schedule.Cosine(
        c.get("learning_rate").asDouble(),
        c.get("min_learning_rate").asDouble(),
        c.get("warmup_steps").asInt(),
        c.get("max_steps").asInt());
  }

  private static float real(JsonNode config, String name) {
    return (float) config.get(name).asDouble();
  }
}
