package io.ghostmoe.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InitialWeightsTest {
  private static final ModelConfig CONFIG = new ModelConfig(2000, 32, 64, 2, 4, 4, 2, 128, 0, 0, 0);

  private final Backend backend = new VectorBackend(2);

  @AfterEach
  void close() {
    backend.close();
  }

  private Map<String, List<float[]>> weights(ModelConfig config, long seed) {
    try (Transformer model = new Transformer(config, backend, seed, false)) {
      return model.registry().entries().stream()
          .collect(Collectors.toMap(ParameterRegistry.Entry::name, this::slices));
    }
  }

  private static List<float[]> of(Map<String, List<float[]>> weights, String name) {
    return Objects.requireNonNull(weights.get(name), name);
  }

  private List<float[]> slices(ParameterRegistry.Entry entry) {
    return entry.slices().stream().map(this::read).toList();
  }

  private float[] read(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  @Test
  void firstLossIsWhatTheInitialisationPredicts() {
    int c = CONFIG.width();
    double predicted = Math.log(CONFIG.vocabulary()) + c * 0.02 * 0.02 / 2;
    Batch batch = Batches.full(1, CONFIG, 16);
    for (long seed = 1; seed <= 3; seed++) {
      try (Transformer model = new Transformer(CONFIG, backend, seed, false);
          Arena arena = new Arena(backend)) {
        Tape tape = Tape.forwardOnly(backend, arena);
        float[] losses =
            read(model.loss(tape, Batches.upload(batch, tape), 1, StepContext.EVALUATION).losses());
        double sum = 0;
        for (float loss : losses) {
          sum += loss;
        }
        assertThat(sum / losses.length)
            .as("seed %d", seed)
            .isCloseTo(predicted, within(0.005 * predicted));
      }
    }
  }

  @Test
  void aParametersDrawsDoNotDependOnWhatElseTheModelHas() {
    ModelConfig more = new ModelConfig(2100, 40, 64, 2, 8, 6, 1, 128, 0.1f, 1, 1);
    Map<String, List<float[]>> a = weights(CONFIG, 7);
    Map<String, List<float[]>> b = weights(more, 7);
    assertThat(b.keySet()).isEqualTo(a.keySet());
    a.forEach(
        (name, slices) -> {
          for (int i = 0; i < slices.size(); i++) {
            float[] inOther = Arrays.copyOf(of(b, name).get(i), slices.get(i).length);
            assertThat(inOther).as("%s %d", name, i).isEqualTo(slices.get(i));
          }
        });
  }

  @Test
  void depthScalesTheResidualProjectionsAndChangesNothingElse() {
    ModelConfig deeper = new ModelConfig(2000, 32, 64, 8, 4, 4, 2, 128, 0, 0, 0);
    Map<String, List<float[]>> shallow = weights(CONFIG, 7);
    Map<String, List<float[]>> deep = weights(deeper, 7);
    shallow.forEach(
        (name, slices) -> {
          boolean residual =
              name.endsWith("attention.output.weight") || name.endsWith("down.weight");
          for (int i = 0; i < slices.size(); i++) {
            for (int j = 0; j < slices.get(i).length; j++) {
              float wanted = slices.get(i)[j] * (residual ? 0.5f : 1);
              assertThat(of(deep, name).get(i)[j])
                  .as("%s %d [%d]", name, i, j)
                  .isCloseTo(wanted, within(1e-7f * Math.abs(wanted)));
            }
          }
        });
  }

  @Test
  void weightsAreNormalBiasesZeroAndGainsOne() {
    double residual = 0.02 / Math.sqrt(2 * CONFIG.layers());
    weights(CONFIG, 3)
        .forEach(
            (name, slices) -> {
              for (float[] values : slices) {
                if (name.endsWith("bias")) {
                  assertThat(values).as(name).containsOnly(0);
                } else if (name.contains("norm")) {
                  assertThat(values).as(name).containsOnly(1);
                } else {
                  boolean small = name.contains("output.") || name.contains("down.");
                  assertNormal(name, values, small ? residual : 0.02);
                }
              }
            });
  }

  /** Mean and deviation within five of their own standard errors. */
  private static void assertNormal(String name, float[] values, double deviation) {
    double sum = 0;
    double squares = 0;
    for (float value : values) {
      sum += value;
      squares += (double) value * value;
    }
    int n = values.length;
    assertThat(sum / n).as(name).isCloseTo(0, within(5 * deviation / Math.sqrt(n)));
    assertThat(Math.sqrt(squares / n))
        .as(name)
        .isCloseTo(deviation, within(5 * deviation / Math.sqrt(2.0 * n)));
  }

  @Test
  void noTwoParametersStartAlikeAndAnotherSeedStartsElsewhere() {
    Map<String, List<float[]>> weights = weights(CONFIG, 3);
    List<float[]> drawn =
        weights.entrySet().stream()
            .filter(entry -> !entry.getKey().endsWith("bias") && !entry.getKey().contains("norm"))
            .flatMap(entry -> entry.getValue().stream())
            .toList();
    assertThat(drawn.stream().map(values -> values[0]).distinct().count()).isEqualTo(drawn.size());
    float[] head = of(weights, "head.weight").getFirst();
    assertThat(of(weights(CONFIG, 4), "head.weight").getFirst()).isNotEqualTo(head);
    assertThat(of(weights(CONFIG, 3), "head.weight").getFirst()).isEqualTo(head);
  }
}
