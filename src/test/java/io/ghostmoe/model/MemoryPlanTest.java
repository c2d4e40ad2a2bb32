package io.ghostmoe.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.optim.AdamWConfig;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is predicted against what is allocated. */
class MemoryPlanTest {
  private static final AdamWConfig ADAM = new AdamWConfig(0.9f, 0.95f, 1e-8f, 0.1f, 1);

  /** Extents of every kind, among them the least. */
  static Stream<ModelConfig> anyConfigs() {
    return IntStream.range(0, 40)
        .mapToObj(
            seed -> {
              int heads = draw(seed, 0, 4);
              int experts = draw(seed, 1, 6);
              return new ModelConfig(
                  draw(seed, 2, 60),
                  draw(seed, 3, 20),
                  heads * draw(seed, 4, 6),
                  draw(seed, 5, 4),
                  heads,
                  experts,
                  draw(seed, 6, experts),
                  draw(seed, 7, 30),
                  0.25f * (draw(seed, 8, 2) - 1),
                  draw(seed, 9, 2) - 1,
                  draw(seed, 10, 2) - 1);
            });
  }

  private static int draw(int seed, int place, int most) {
    return 1 + CounterRandom.below(seed, place, most);
  }

  /** As users train them, small in what costs time and not memory; B is the rows. */
  record Run(ModelConfig config, int rows, boolean recomputes) {
    Run(ModelConfig config, int rows) {
      this(config, rows, false);
    }
  }

  static Stream<Run> realisticRuns() {
    Stream<Run> runs =
        Stream.of(
            // the quickstart's kind, the two runs, a deeper one, top-1, wide experts,
            // dropout, many layers
            new Run(new ModelConfig(257, 128, 128, 2, 4, 4, 2, 256, 0, 0, 0), 8),
            new Run(new ModelConfig(50257, 64, 32, 1, 2, 2, 2, 128, 0, 0, 0), 4),
            new Run(new ModelConfig(20000, 64, 64, 1, 2, 4, 2, 256, 0, 0, 0), 4),
            new Run(new ModelConfig(1000, 64, 64, 6, 4, 8, 2, 256, 0, 0, 0), 4),
            new Run(new ModelConfig(1000, 64, 64, 2, 4, 8, 1, 128, 0, 0.01f, 0.001f), 8),
            new Run(new ModelConfig(1000, 64, 64, 2, 8, 4, 4, 512, 0.1f, 0.01f, 0), 4),
            new Run(new ModelConfig(1000, 64, 128, 3, 4, 4, 2, 512, 0.1f, 0, 0), 4),
            new Run(new ModelConfig(257, 64, 32, 12, 4, 4, 2, 128, 0.1f, 0, 0), 4));
    return runs.flatMap(run -> Stream.of(run, new Run(run.config, run.rows, true)));
  }

  @ParameterizedTest
  @MethodSource("anyConfigs")
  void parametersAreCountedAsTheRegistryDoes(ModelConfig config) {
    try (Backend backend = new VectorBackend(1);
        Transformer model = new Transformer(config, backend, 1, false)) {
      assertThat(MemoryPlan.parameters(config)).isEqualTo(model.registry().count());
    }
  }

  @ParameterizedTest
  @MethodSource("anyConfigs")
  void noRunNeedsMoreThanPredicted(ModelConfig config) {
    for (boolean recomputes : new boolean[] {false, true}) {
      Used used = train(new Run(config, 3, recomputes));
      MemoryPlan plan = MemoryPlan.of(config, 0, 3, 1, recomputes);
      assertThat(used.parameters).as("parameters").isEqualTo(plan.parameterBytes());
      assertThat(used.activations).as("activations").isLessThanOrEqualTo(plan.activationBytes());
    }
  }

  @ParameterizedTest
  @MethodSource("realisticRuns")
  void thePredictionIsCloseAndNeverTooSmall(Run run) {
    Used used = train(run);
    MemoryPlan plan = MemoryPlan.of(run.config, 0, run.rows, 1, run.recomputes);
    assertThat(plan.parameterBytes()).as("parameters of %s", run).isEqualTo(used.parameters);
    assertThat(plan.activationBytes())
        .as("activations of %s", run)
        .isBetween(used.activations, used.activations * 11 / 10);
    assertThat(plan.workspaceBytes())
        .as("workspace of %s", run)
        .isGreaterThanOrEqualTo(used.workspace);
    long total = used.parameters + used.activations + used.workspace;
    assertThat(plan.totalBytes()).as("total of %s", run).isBetween(total, total * 12 / 10);
  }

  record Used(long parameters, long activations, long workspace) {}

  /** Bytes after two steps, the second of which must not need more. */
  private static Used train(Run run) {
    try (VectorBackend backend = new VectorBackend(2)) {
      MemoryMeter meter = new MemoryMeter(backend);
      try (Transformer model = new Transformer(run.config, meter.backend(), 1, true);
          AdamW optimizer = new AdamW(ADAM, model.registry(), meter.backend());
          Arena arena = new Arena(meter.backend())) {
        long parameters = meter.held();
        Batch batch = Batches.full(1, run.config, run.rows);
        Supplier<Tape> tapes =
            () ->
                run.recomputes
                    ? Tape.recomputing(meter.backend(), arena)
                    : Tape.recording(meter.backend(), arena);
        step(tapes.get(), model, optimizer, arena, batch);
        long activations = arena.bytes();
        assertThat(meter.held()).isEqualTo(parameters + activations);
        step(tapes.get(), model, optimizer, arena, batch);
        assertThat(meter.held()).as("after a second step").isEqualTo(parameters + activations);
        return new Used(parameters, activations, backend.workspaceBytes());
      }
    }
  }

  private static void step(
      Tape tape, Transformer model, AdamW optimizer, Arena arena, Batch batch) {
    var _ =
        model.loss(
            tape,
            Batches.upload(batch, tape),
            1f / batch.scoredTargets(),
            new StepContext(1, 1, 0, 1, false));
    tape.backward();
    arena.reset();
    var _ = optimizer.gradientNorm();
    optimizer.step(1e-3);
  }

  @Test
  void activeParametersAreAllButTheExpertsThatATokenDoesNotVisit() {
    ModelConfig config = new ModelConfig(100, 16, 8, 3, 2, 5, 2, 12, 0, 0, 0);
    int expert = 2 * 8 * 12 + 8 + 12;
    try (Backend backend = new VectorBackend(1);
        Transformer model = new Transformer(config, backend, 1, false)) {
      assertThat(model.activeParameters())
          .isEqualTo(model.registry().count() - 3L * (5 - 2) * expert);
    }
    ModelConfig all = new ModelConfig(100, 16, 8, 3, 2, 5, 5, 12, 0, 0, 0);
    try (Backend backend = new VectorBackend(1);
        Transformer model = new Transformer(all, backend, 1, false)) {
      assertThat(model.activeParameters()).isEqualTo(model.registry().count());
    }
  }

  @Test
  void aModelThatIsClosedHoldsNothing() {
    try (VectorBackend backend = new VectorBackend(1)) {
      MemoryMeter meter = new MemoryMeter(backend);
      ModelConfig config = new ModelConfig(100, 16, 8, 3, 2, 5, 2, 12, 0, 0, 0);
      Transformer model = new Transformer(config, meter.backend(), 1, true);
      AdamW optimizer = new AdamW(ADAM, model.registry(), meter.backend());
      assertThat(meter.held()).isPositive();
      optimizer.close();
      model.close();
      assertThat(meter.held()).isZero();
    }
  }
}
