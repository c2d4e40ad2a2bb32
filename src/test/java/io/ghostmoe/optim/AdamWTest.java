package io.ghostmoe.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Draws;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBackend;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdamWTest {
  private static final AdamWConfig CONFIG = new AdamWConfig(0.9f, 0.95f, 1e-8f, 0.1f, 1);

  private final Backend backend = ScalarBackend.float32();

  /** A matrix that decays, a gain that does not, and two experts' slices. */
  private ParameterRegistry registry() {
    ParameterRegistry registry = new ParameterRegistry(backend, 1, true);
    var _ = registry.normal("matrix", 1, true, 3, 5);
    var _ = registry.constant("gain", 1, 7);
    var _ = registry.normalExpert("experts", 0, 1, true, 4);
    var _ = registry.normalExpert("experts", 1, 1, true, 4);
    return registry;
  }

  private void drawGradients(ParameterRegistry registry, long seed, float scale) {
    Draws draws = new Draws(seed);
    for (Parameter parameter : registry.parameters()) {
      float[] gradient = draws.signed(parameter.value().elements());
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= scale;
      }
      backend.write(gradient, parameter.requireGradient());
    }
  }

  private float[] read(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  private List<float[]> values(ParameterRegistry registry) {
    return registry.parameters().stream().map(parameter -> read(parameter.value())).toList();
  }

  private static void step(AdamW optimizer, double learningRate) {
    var _ = optimizer.gradientNorm();
    optimizer.step(learningRate);
  }

  @Test
  void decayShrinksWhatDecaysAndNothingElse() {
    ParameterRegistry registry = registry();
    List<float[]> before = values(registry);
    try (AdamW optimizer = new AdamW(CONFIG, registry, backend)) {
      step(optimizer, 0.5); // gradients of zero: only the decay acts
    }
    List<float[]> after = values(registry);
    for (int p = 0; p < before.size(); p++) {
      boolean decays = registry.parameters().get(p).decays();
      for (int i = 0; i < before.get(p).length; i++) {
        float wanted = decays ? before.get(p)[i] * (1 - 0.5f * 0.1f) : before.get(p)[i];
        assertThat(after.get(p)[i]).isCloseTo(wanted, within(2e-7f * Math.abs(wanted)));
      }
    }
  }

  @Test
  void aModelDecaysItsMatricesButNoNormBiasEmbeddingOrRouter() {
    ModelConfig config = new ModelConfig(11, 7, 4, 1, 2, 3, 2, 5, 0, 0, 0);
    try (Transformer model = new Transformer(config, backend, 1, true)) {
      assertThat(
              model.registry().parameters().stream()
                  .filter(Parameter::decays)
                  .map(Parameter::name)
                  .distinct())
          .containsExactlyInAnyOrder(
              "layers.0.attention.qkv.weight",
              "layers.0.attention.output.weight",
              "layers.0.moe.experts.up.weight",
              "layers.0.moe.experts.down.weight",
              "head.weight");
    }
  }

  @Test
  void theFirstStepMovesEachWeightByTheLearningRateAgainstItsGradient() {
    ParameterRegistry registry = registry();
    drawGradients(registry, 3, 1e-2f);
    List<float[]> before = values(registry);
    List<float[]> gradients =
        registry.parameters().stream().map(parameter -> read(parameter.requireGradient())).toList();
    AdamWConfig plain = new AdamWConfig(0.9f, 0.95f, 1e-12f, 0, 0);
    try (AdamW optimizer = new AdamW(plain, registry, backend)) {
      step(optimizer, 0.01);
    }
    List<float[]> after = values(registry);
    for (int p = 0; p < before.size(); p++) {
      for (int i = 0; i < before.get(p).length; i++) {
        float wanted = before.get(p)[i] - 0.01f * Math.signum(gradients.get(p)[i]);
        assertThat(after.get(p)[i]).isCloseTo(wanted, within(1e-6f));
      }
    }
    for (Parameter parameter : registry.parameters()) {
      assertThat(read(parameter.requireGradient())).containsOnly(0);
    }
  }

  @Test
  void theNormIsThatOfAllGradientsTogether() {
    ParameterRegistry registry = registry();
    drawGradients(registry, 3, 2);
    double squares = 0;
    for (Parameter parameter : registry.parameters()) {
      for (float g : read(parameter.requireGradient())) {
        squares += (double) g * g;
      }
    }
    try (AdamW optimizer = new AdamW(CONFIG, registry, backend)) {
      assertThat(optimizer.gradientNorm()).isCloseTo((float) Math.sqrt(squares), within(1e-6f));
    }
  }

  @Test
  void gradientsAboveTheBoundAreClippedAndThoseBelowAreNot() {
    for (float scale : new float[] {100, 1e-3f}) {
      ParameterRegistry registry = registry();
      drawGradients(registry, 3, scale);
      float[] gradient = read(registry.parameters().getFirst().requireGradient());
      try (AdamW optimizer = new AdamW(CONFIG, registry, backend)) {
        float norm = optimizer.gradientNorm();
        optimizer.step(0.01);
        float factor = Math.min(1, 1 / (norm + 1e-6f));
        float[] m = read(optimizer.moments().getFirst().m());
        for (int i = 0; i < m.length; i++) {
          float wanted = 0.1f * factor * gradient[i];
          assertThat(m[i]).isCloseTo(wanted, within(1e-6f * Math.abs(wanted) + 1e-12f));
        }
      }
    }
  }

  @Test
  void gradientsThatAreNoNumbersChangeNothing() {
    ParameterRegistry registry = registry();
    drawGradients(registry, 3, 1);
    float[] gradient = read(registry.parameters().getLast().requireGradient());
    gradient[2] = Float.NaN;
    backend.write(gradient, registry.parameters().getLast().requireGradient());
    List<float[]> before = values(registry);
    try (AdamW optimizer = new AdamW(CONFIG, registry, backend)) {
      assertThat(optimizer.gradientNorm()).isNaN();
      optimizer.step(0.01);
    }
    assertThat(values(registry)).usingRecursiveComparison().isEqualTo(before);
  }

  @Test
  void momentsAndCountsContinueARunBitForBitAndWithoutCountsTheyDoNot() {
    List<float[]> straight = trained(Restart.NONE);
    assertThat(trained(Restart.WITH_COUNTS)).usingRecursiveComparison().isEqualTo(straight);
    assertThat(trained(Restart.WITHOUT_COUNTS).getFirst()).isNotEqualTo(straight.getFirst());
  }

  private enum Restart {
    NONE,
    WITH_COUNTS,
    WITHOUT_COUNTS
  }

  /** Six steps, after the third of which the optimizer may be replaced. */
  private List<float[]> trained(Restart restart) {
    ParameterRegistry registry = registry();
    AdamW optimizer = new AdamW(CONFIG, registry, backend);
    for (int t = 0; t < 6; t++) {
      if (t == 3 && restart != Restart.NONE) {
        optimizer = replaced(optimizer, registry, restart == Restart.WITH_COUNTS);
      }
      drawGradients(registry, t, 0.3f);
      step(optimizer, 0.01);
    }
    optimizer.close();
    return values(registry);
  }

  private AdamW replaced(AdamW old, ParameterRegistry registry, boolean withCounts) {
    AdamW other = new AdamW(CONFIG, registry, backend);
    List<Long> counts = new ArrayList<>();
    for (int p = 0; p < old.moments().size(); p++) {
      AdamW.Moments from = old.moments().get(p);
      AdamW.Moments to = other.moments().get(p);
      assertThat(from.parameter()).isSameAs(to.parameter());
      backend.copy(from.m(), to.m());
      backend.copy(from.v(), to.v());
      counts.add(from.count());
    }
    assertThat(counts).containsOnly(3L);
    if (withCounts) {
      other.counts(counts);
      assertThat(other.moments()).extracting(AdamW.Moments::count).containsOnly(3L);
    }
    old.close();
    return other;
  }

  @Test
  void countsOfAnotherModelAreRefused() {
    try (AdamW optimizer = new AdamW(CONFIG, registry(), backend)) {
      assertThatThrownBy(() -> optimizer.counts(List.of(1L, 2L)))
          .hasMessageContaining("2 update counts for 4 parameters");
    }
  }

  @Test
  void constantsThatWouldSpoilTheWeightsAreRefused() {
    assertThatThrownBy(() -> new AdamWConfig(1, 0.95f, 1e-8f, 0, 1))
        .hasMessageContaining("beta1 1");
    assertThatThrownBy(() -> new AdamWConfig(0.9f, Float.NaN, 1e-8f, 0, 1))
        .hasMessageContaining("beta2 NaN");
    assertThatThrownBy(() -> new AdamWConfig(0.9f, 0.95f, 0, 0, 1))
        .hasMessageContaining("epsilon 0");
    assertThatThrownBy(() -> new AdamWConfig(0.9f, 0.95f, 1e-8f, -1, 1))
        .hasMessageContaining("weight decay -1");
    assertThatThrownBy(() -> new AdamWConfig(0.9f, 0.95f, 1e-8f, 0, -1))
        .hasMessageContaining("gradient clip -1");
  }
}
