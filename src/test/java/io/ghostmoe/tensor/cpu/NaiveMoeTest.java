package io.ghostmoe.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Routing, dispatch, experts and combination together do what two plain loops do. */
class NaiveMoeTest {
  private static final int[] SEGMENTS = {0, 0, 0, -1, 0, 1, 1, 1, 2, -1, -1};
  private static final int TOKENS = SEGMENTS.length;
  private static final int WIDTH = 6;
  private static final int HIDDEN = 9;

  /** Sums of at most 200 terms of size 1, each rounded to 1.1e-16, through four layers. */
  private static final double TOLERANCE = 1e-11;

  private final Doubles doubles = new Doubles(16);

  @Test
  void oneExpertForEachToken() {
    compare(1, 5);
  }

  @Test
  void twoExpertsForEachTokenWhileSomeGetNone() {
    compare(2, 7);
  }

  @Test
  void threeOfFourExperts() {
    compare(3, 4);
  }

  @Test
  void allExpertsForEachToken() {
    compare(4, 4);
  }

  private void compare(int k, int awake) {
    Tensor x = doubles.drawn(TOKENS, WIDTH);
    Tensor scores = doubles.drawn(TOKENS, awake);
    Tensor dOut = doubles.drawn(TOKENS, WIDTH);
    double[] bias = doubles.draws().signedDoubles(awake);
    bias[1] = -9; // expert 1 gets a token only where all do
    SortedMoe sorted =
        new SortedMoe(
            doubles,
            TOKENS,
            k,
            drawn(awake, HIDDEN, WIDTH),
            drawn(awake, HIDDEN),
            drawn(awake, WIDTH, HIDDEN),
            drawn(awake, WIDTH));
    Tensor segments = doubles.ints(SEGMENTS, TOKENS);
    Tensor out = sorted.forward(x, scores, doubles.of(bias, awake), segments);
    SortedMoe.Gradients got = sorted.backward(scores, dOut);

    NaiveMoe naive =
        new NaiveMoe(
            k,
            matrices(sorted.up),
            vectors(sorted.upBias),
            matrices(sorted.down),
            vectors(sorted.downBias),
            bias);
    double[][] outputs = new double[TOKENS][WIDTH];
    NaiveMoe.Gradients want = new NaiveMoe.Gradients(naive, TOKENS);
    for (int n = 0; n < TOKENS; n++) {
      if (SEGMENTS[n] != -1) {
        outputs[n] = naive.forward(rows(x)[n], rows(scores)[n]);
        naive.backward(n, rows(x)[n], rows(scores)[n], rows(dOut)[n], want);
      }
    }
    if (k < awake) {
      assertThat(want.downBias[1]).as("expert 1 gets no token").containsOnly(0);
    }
    close("out", rows(out), outputs);
    close(got, want);
  }

  private void close(SortedMoe.Gradients got, NaiveMoe.Gradients want) {
    close("dX", rows(got.x()), want.x);
    close("dScores", rows(got.scores()), want.scores);
    close("dUpBias", vectors(got.upBias()), want.upBias);
    close("dDownBias", vectors(got.downBias()), want.downBias);
    for (int e = 0; e < want.up.length; e++) {
      close("dUp[" + e + "]", rows(got.up().get(e)), want.up[e]);
      close("dDown[" + e + "]", rows(got.down().get(e)), want.down[e]);
    }
  }

  private static void close(String name, double[][] got, double[][] want) {
    assertThat(got).as(name).hasDimensions(want.length, want[0].length);
    for (int i = 0; i < want.length; i++) {
      assertThat(got[i]).as("%s[%d]", name, i).containsExactly(want[i], within(TOLERANCE));
    }
  }

  private List<Tensor> drawn(int awake, int... dims) {
    return IntStream.range(0, awake).mapToObj(e -> doubles.drawn(dims)).toList();
  }

  private double[][] rows(Tensor tensor) {
    double[] all = doubles.read(tensor);
    int width = tensor.dim(-1);
    double[][] rows = new double[all.length / width][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(all, i * width, (i + 1) * width));
    return rows;
  }

  private double[][][] matrices(List<Tensor> tensors) {
    return tensors.stream().map(this::rows).toArray(double[][][]::new);
  }

  private double[][] vectors(List<Tensor> tensors) {
    return tensors.stream().map(doubles::read).toArray(double[][]::new);
  }
}
