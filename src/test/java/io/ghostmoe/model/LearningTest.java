package io.ghostmoe.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.optim.AdamWConfig;
import io.ghostmoe.optim.Schedule;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.VectorBackend;
import io.ghostmoe.train.Evaluator;
import io.ghostmoe.train.GhostFixture;
import io.ghostmoe.train.TrainingStep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Training steps of a small model: what must move, and what must not. */
class LearningTest {
  private static final AdamWConfig ADAM = new AdamWConfig(0.9f, 0.95f, 1e-8f, 0.1f, 1);

  private final Backend backend = new VectorBackend(2);

  @AfterEach
  void close() {
    backend.close();
  }

  private static ModelConfig config(int topK, float dropout) {
    return new ModelConfig(40, 12, 16, 2, 2, 4, topK, 24, dropout, 0, 0);
  }

  /** A model in training. */
  private final class Run implements AutoCloseable {
    final Transformer model;
    final AdamW optimizer;
    final TrainingStep step;

    Run(ModelConfig config, double learningRate, int steps) {
      model = new Transformer(config, backend, 1, true);
      optimizer = new AdamW(ADAM, model.registry(), backend);
      step =
          new TrainingStep(
              model,
              optimizer,
              new Schedule.Cosine(learningRate, 0, Math.min(5, steps), steps),
              backend,
              GhostFixture.none(model),
              0.01f,
              7);
    }

    double train(int index, Batch... microBatches) {
      TrainingStep.Gradients gradients = step.gradients(index, List.of(microBatches));
      step.update(gradients);
      return gradients.loss();
    }

    List<float[]> everything() {
      List<float[]> all = new ArrayList<>();
      for (ParameterRegistry.Entry entry : model.registry().entries()) {
        entry.slices().forEach(tensor -> all.add(read(tensor)));
      }
      return all;
    }

    @Override
    public void close() {
      step.close();
      optimizer.close();
      model.close();
    }
  }

  private float[] read(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  @Test
  void everyParameterMoves() {
    Batch batch = Batches.full(1, config(2, 0), 2);
    try (Run run = new Run(config(2, 0), 1e-3, 10)) {
      List<Parameter> parameters = run.model.registry().parameters();
      List<float[]> before = parameters.stream().map(p -> read(p.value())).toList();
      for (int t = 0; t < 3; t++) { // an expert without a token in one step has some in another
        run.train(t, batch);
      }
      for (int p = 0; p < before.size(); p++) {
        Parameter parameter = parameters.get(p);
        float[] after = read(parameter.value());
        for (int i = 0; i < after.length; i++) {
          boolean stays =
              parameter.name().endsWith("embedding.weight")
                  && !rows(batch, parameter).contains(i / run.model.config().width());
          assertThat(after[i] == before.get(p)[i])
              .as("%s %d [%d] stays", parameter.name(), parameter.slice(), i)
              .isEqualTo(stays);
        }
      }
    }
  }

  /** The rows of an embedding that stand in a batch: no other can get a gradient. */
  private static Set<Integer> rows(Batch batch, Parameter parameter) {
    int[] used = parameter.name().startsWith("token") ? batch.inputs() : batch.positions();
    return Arrays.stream(used).boxed().collect(Collectors.toSet());
  }

  @Test
  void aTinySetIsMemorised() {
    ModelConfig config = new ModelConfig(40, 16, 32, 2, 2, 4, 2, 64, 0, 0, 0);
    // tokens are random: only memory predicts them
    Batch batch = Batches.full(5, config, 4);
    int steps = 200;
    try (Run run = new Run(config, 5e-3, steps)) {
      double first = run.train(0, batch);
      double last = first;
      for (int t = 1; t < steps; t++) {
        last = run.train(t, batch);
      }
      assertThat(first).isGreaterThan(3.6);
      assertThat(last).isLessThan(0.05);
    }
  }

  @Test
  void evaluationChangesNothing() {
    ModelConfig config = config(2, 0.2f);
    assertThat(trained(config, true)).usingRecursiveComparison().isEqualTo(trained(config, false));
  }

  /** Everything that files hold after six steps, and the losses of each step and evaluation. */
  private List<float[]> trained(ModelConfig config, boolean evaluating) {
    try (Run run = new Run(config, 1e-2, 6)) {
      float[] losses = new float[6];
      for (int t = 0; t < 6; t++) {
        if (evaluating) {
          evaluateTwice(run, config);
        }
        losses[t] = (float) run.train(t, Batches.ragged(t, config, 4));
      }
      List<float[]> all = run.everything();
      all.add(losses);
      for (AdamW.Moments moments : run.optimizer.moments()) {
        all.add(read(moments.m()));
        all.add(read(moments.v()));
        all.add(new float[] {moments.count()});
      }
      return all;
    }
  }

  private void evaluateTwice(Run run, ModelConfig config) {
    Evaluator evaluator = new Evaluator(run.model, backend);
    List<Batch> batches = List.of(Batches.ragged(90, config, 5), Batches.full(91, config, 2));
    Evaluator.Result first = evaluator.evaluate(batches, () -> false);
    assertThat(evaluator.evaluate(batches, () -> false)).isEqualTo(first);
    assertThat(first.loss()).isPositive();
  }

  @Test
  void microBatchesOfDifferentTargetsAddUpToOneBatch() {
    ModelConfig config = config(2, 0);
    Batch whole = Batches.ragged(3, config, 6);
    Arrays.fill(whole.targets(), 4 * config.length(), 5 * config.length() + 7, -1);
    Batch batch = Batches.rows(whole, 0, 6);
    Batch front = Batches.rows(whole, 0, 3);
    Batch back = Batches.rows(whole, 3, 6);
    assertThat(front.scoredTargets()).isNotEqualTo(back.scoredTargets());
    try (Run one = new Run(config, 1e-3, 5);
        Run two = new Run(config, 1e-3, 5)) {
      TrainingStep.Gradients a = one.step.gradients(0, List.of(batch));
      TrainingStep.Gradients b = two.step.gradients(0, List.of(front, back));
      assertThat(b.loss()).isCloseTo(a.loss(), within(1e-6));
      assertThat(b.gradientNorm()).isCloseTo(a.gradientNorm(), within(1e-6f * a.gradientNorm()));
      assertThat(b.targets()).isEqualTo(a.targets());
      assertThat(b.statistics().getFirst().counts()).isEqualTo(a.statistics().getFirst().counts());
      compareGradients(one.model, two.model);
    }
  }

  private void compareGradients(Transformer one, Transformer two) {
    for (int p = 0; p < one.registry().parameters().size(); p++) {
      Parameter parameter = one.registry().parameters().get(p);
      float[] a = read(parameter.requireGradient());
      float[] b = read(two.registry().parameters().get(p).requireGradient());
      float largest = 0;
      for (float value : a) {
        largest = Math.max(largest, Math.abs(value));
      }
      for (int i = 0; i < a.length; i++) {
        // 72 rows are added in two parts instead of one
        assertThat(b[i])
            .as("gradient of %s %d [%d]", parameter.name(), parameter.slice(), i)
            .isCloseTo(a[i], within(72 * 0x1p-24f * largest + 1e-9f));
      }
    }
  }

  @Test
  void dropoutDiffersBetweenStepsAndMicroBatchesAndNotBetweenRepetitions() {
    ModelConfig config = config(1, 0.3f);
    Batch batch = Batches.full(2, config, 4);
    try (Run run = new Run(config, 1e-3, 5)) {
      double first = run.step.gradients(0, List.of(batch)).loss();
      assertThat(run.step.gradients(0, List.of(batch)).loss()).isEqualTo(first);
      assertThat(run.step.gradients(1, List.of(batch)).loss()).isNotEqualTo(first);
      assertThat(run.step.gradients(0, List.of(batch, batch)).loss()).isNotEqualTo(first);
    }
  }
}
