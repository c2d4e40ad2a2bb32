package io.ghostmoe.tensor;

import static io.ghostmoe.tensor.Parity.UNIT;
import static io.ghostmoe.tensor.Parity.roundings;

import io.ghostmoe.tensor.Parity.Operand;
import org.junit.jupiter.api.Test;

/** Dense layers and the embedding: multilinear, so that Σ|terms| is computed, not estimated. */
interface DenseParity {
  /** A new backend; the test closes it. */
  Backend backend();

  @Test
  default void linearWithAndWithoutBias() {
    try (Parity parity = new Parity("linear", backend())) {
      for (int[] size : AwkwardSizes.triples()) {
        int rows = size[0];
        int inputs = size[1];
        int outputs = size[2];
        parity.at("n=%d i=%d o=%d".formatted(rows, inputs, outputs));
        Draws draws = new Draws(rows);
        Operand x = parity.input(draws.signed(rows * inputs), rows, inputs);
        Operand weight = parity.input(draws.signed(outputs * inputs), outputs, inputs);
        Operand bias = parity.input(draws.signed(outputs), outputs);
        Operand with = parity.output(rows, outputs);
        Operand without = parity.output(rows, outputs);
        parity.run(
            side -> {
              Backend backend = side.backend();
              backend.linear(side.of(x), side.of(weight), side.of(bias), side.of(with));
              backend.linear(side.of(x), side.of(weight), null, side.of(without));
            });
        parity.within(with, roundings(inputs));
        parity.within(without, roundings(inputs));
      }
    }
  }

  @Test
  default void linearBackwardInputAssignsOrAccumulates() {
    try (Parity parity = new Parity("linearBackwardInput", backend())) {
      for (int[] size : AwkwardSizes.triples()) {
        int rows = size[0];
        int inputs = size[1];
        int outputs = size[2];
        Draws draws = new Draws(rows);
        Operand dOut = parity.input(draws.signed(rows * outputs), rows, outputs);
        Operand weight = parity.input(draws.signed(outputs * inputs), outputs, inputs);
        for (boolean accumulate : new boolean[] {false, true}) {
          parity.at("n=%d i=%d o=%d accumulate=%b".formatted(rows, inputs, outputs, accumulate));
          Operand dX = parity.gradient(accumulate, draws, rows, inputs);
          parity.run(
              side ->
                  side.backend()
                      .linearBackwardInput(
                          side.of(dOut), side.of(weight), accumulate, side.of(dX)));
          parity.within(dX, roundings(outputs));
        }
      }
    }
  }

  @Test
  default void linearBackwardParametersAccumulates() {
    try (Parity parity = new Parity("linearBackwardParameters", backend())) {
      for (int[] size : AwkwardSizes.triples()) {
        int rows = size[0];
        int inputs = size[1];
        int outputs = size[2];
        parity.at("n=%d i=%d o=%d".formatted(rows, inputs, outputs));
        Draws draws = new Draws(rows);
        Operand x = parity.input(draws.signed(rows * inputs), rows, inputs);
        Operand dOut = parity.input(draws.signed(rows * outputs), rows, outputs);
        Operand dWeight = parity.gradient(true, draws, outputs, inputs);
        Operand dWeightAlone = parity.gradient(true, draws, outputs, inputs);
        Operand dBias = parity.gradient(true, draws, outputs);
        parity.run(
            side -> {
              Backend backend = side.backend();
              backend.linearBackwardParameters(
                  side.of(x), side.of(dOut), side.of(dWeight), side.of(dBias));
              backend.linearBackwardParameters(
                  side.of(x), side.of(dOut), side.of(dWeightAlone), null);
            });
        parity.within(dWeight, roundings(rows));
        parity.within(dWeightAlone, roundings(rows));
        parity.within(dBias, roundings(rows));
      }
    }
  }

  @Test
  default void embeddingAddsTokenAndPosition() {
    try (Parity parity = new Parity("embedding", backend())) {
      for (int[] size : AwkwardSizes.triples()) {
        int rows = size[0];
        int width = size[1];
        int vocabulary = size[2];
        int positionCount = Math.min(rows, 33);
        parity.at("n=%d c=%d v=%d".formatted(rows, width, vocabulary));
        Draws draws = new Draws(rows);
        Operand ids = parity.integers(draws.below(vocabulary, rows), rows);
        Operand positions = parity.integers(draws.below(positionCount, rows), rows);
        Operand tokens = parity.input(draws.signed(vocabulary * width), vocabulary, width);
        Operand places = parity.input(draws.signed(positionCount * width), positionCount, width);
        Operand out = parity.output(rows, width);
        parity.run(
            side ->
                side.backend()
                    .embedding(
                        side.of(ids),
                        side.of(positions),
                        side.of(tokens),
                        side.of(places),
                        side.of(out)));
        double[] exact = parity.exact(out);
        parity.within(out, i -> UNIT * Math.abs(exact[i]));
      }
    }
  }

  @Test
  default void embeddingBackwardAccumulatesAlsoWhereIdsRepeat() {
    try (Parity parity = new Parity("embeddingBackward", backend())) {
      for (int[] size : AwkwardSizes.triples()) {
        int rows = size[0];
        int width = size[1];
        int vocabulary = size[2];
        int positionCount = Math.min(rows, 33);
        parity.at("n=%d c=%d v=%d".formatted(rows, width, vocabulary));
        Draws draws = new Draws(rows);
        Operand ids = parity.integers(draws.below(vocabulary, rows), rows);
        Operand positions = parity.integers(draws.below(positionCount, rows), rows);
        Operand dOut = parity.input(draws.signed(rows * width), rows, width);
        Operand dTokens = parity.gradient(true, draws, vocabulary, width);
        Operand dPlaces = parity.gradient(true, draws, positionCount, width);
        parity.run(
            side ->
                side.backend()
                    .embeddingBackward(
                        side.of(ids),
                        side.of(positions),
                        side.of(dOut),
                        side.of(dTokens),
                        side.of(dPlaces)));
        parity.within(dTokens, roundings(rows));
        parity.within(dPlaces, roundings(rows));
      }
    }
  }
}
