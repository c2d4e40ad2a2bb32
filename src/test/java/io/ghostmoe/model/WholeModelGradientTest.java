package io.ghostmoe.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.moe.RoutingStats;
import io.ghostmoe.tensor.Draws;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBackend;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every parameter's gradient of the whole model against central differences in double. */
class WholeModelGradientTest {
  private static final double STEP = 1e-5;

  /**
   * The difference quotient is wrong by h²/6·f‴, here 2e-11·f‴, and by the rounding of f (1e-15 for
   * a loss near 3) over h: 1e-10. Third derivatives of a layer norm over four elements reach
   * thousands.
   */
  private static final double TOLERANCE = 1e-7;

  private static final float SCALE = 0.125f;
  private static final StepContext CONTEXT = new StepContext(5, 3, 1, 0.5f, false);

  private final ScalarBackend backend = ScalarBackend.float64();
  private final Arena arena = new Arena(backend);

  @ParameterizedTest
  @CsvSource({"1, false", "2, false", "3, false", "2, true"})
  void everyParametersGradientIsTheDerivativeOfTheLoss(int topK, boolean recomputes) {
    ModelConfig config = new ModelConfig(11, 7, 4, 2, 2, 3, topK, 5, 0.25f, 0.5f, 0.25f);
    Batch batch = Batches.ragged(topK, config, 3);
    try (Transformer model = new Transformer(config, backend, 1, true)) {
      spread(model.registry());
      forward(model, batch, recomputes ? recomputing() : recording(), true);
      List<double[]> gradients = new ArrayList<>();
      for (Parameter parameter : model.registry().parameters()) {
        gradients.add(read(parameter.requireGradient()));
      }
      for (int p = 0; p < gradients.size(); p++) {
        check(model, batch, model.registry().parameters().get(p), gradients.get(p));
      }
    }
  }

  /** Initial weights are so small that a wrong term could hide: larger ones, biases included. */
  private void spread(ParameterRegistry registry) {
    Draws draws = new Draws(13);
    for (ParameterRegistry.Entry entry : registry.entries()) {
      for (Tensor tensor : entry.slices()) {
        double[] values = read(tensor);
        double[] more = draws.signedDoubles(values.length);
        for (int i = 0; i < values.length; i++) {
          values[i] += 0.5 * more[i];
        }
        backend.write(values, tensor);
      }
    }
  }

  private void check(Transformer model, Batch batch, Parameter parameter, double[] gradient) {
    double[] at = read(parameter.value());
    boolean moves = false;
    for (int i = 0; i < at.length; i++) {
      double[] moved = at.clone();
      moved[i] = at[i] + STEP;
      backend.write(moved, parameter.value());
      double above = forward(model, batch, recording(), false);
      moved[i] = at[i] - STEP;
      backend.write(moved, parameter.value());
      double numeric = (above - forward(model, batch, recording(), false)) / (2 * STEP);
      assertThat(gradient[i])
          .as("gradient of %s %d [%d]", parameter.name(), parameter.slice(), i)
          .isCloseTo(numeric, within(TOLERANCE * (1 + Math.abs(numeric))));
      moves |= Math.abs(numeric) > 1e-4;
    }
    backend.write(at, parameter.value());
    assertThat(moves).as("%s %d matters", parameter.name(), parameter.slice()).isTrue();
  }

  private Tape recording() {
    return Tape.recording(backend, arena);
  }

  private Tape recomputing() {
    return Tape.recomputing(backend, arena);
  }

  /** What the tape differentiates: the scaled losses and the weighted auxiliary losses. */
  private double forward(Transformer model, Batch batch, Tape tape, boolean backward) {
    Transformer.Loss loss = model.loss(tape, Batches.upload(batch, tape), SCALE, CONTEXT);
    double sum = 0;
    for (double nats : read(loss.losses())) {
      sum += SCALE * nats;
    }
    for (RoutingStats stats : loss.routing()) {
      double[] losses = read(stats.losses());
      sum += CONTEXT.lossScale() * model.config().auxLoss() * losses[0];
      sum += CONTEXT.lossScale() * model.config().zLoss() * losses[1];
    }
    if (backward) {
      tape.backward();
    }
    arena.reset();
    return sum;
  }

  private double[] read(Tensor tensor) {
    double[] values = new double[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }
}
