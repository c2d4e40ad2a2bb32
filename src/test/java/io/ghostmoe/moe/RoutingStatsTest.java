package io.ghostmoe.moe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Host;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What a layer measures in training, against loops over tokens and experts in double precision. */
class RoutingStatsTest {
  private static final int N = 29;
  private static final int C = 7;
  private static final int F = 5;
  private static final int E = 4;
  private static final int K = 2;

  /** Every fifth token is padding. */
  private static final int PADDING = 5;

  private final double[] utility = new double[E];
  private final double[] sums = new double[E * C];
  private final double[] alignment = new double[3];

  @Test
  void utilitiesSumsAndAlignmentAreThoseOfTheLoops() {
    try (Backend backend = new VectorBackend(2);
        ParameterRegistry registry = new ParameterRegistry(backend, 3, true);
        MoeLayer layer = new MoeLayer(registry, "moe", new MoeConfig(C, E, K, F, 0, 0), 0.02);
        Arena arena = new Arena(backend)) {
      Host host = new Host(backend);
      widen(registry, backend);
      float[] x = new float[N * C];
      int[] segments = new int[N];
      for (int n = 0; n < N; n++) {
        segments[n] = n % PADDING == PADDING - 1 ? -1 : 0;
        for (int c = 0; c < C; c++) {
          x[n * C + c] = (float) CounterRandom.normal(7, n * C + c);
        }
      }
      loops(layer, host, x, segments);

      Tape tape = Tape.recording(backend, arena);
      Tensor in = tape.take(DType.F32, N, C);
      backend.write(x, in);
      Tensor rows = tape.take(DType.I32, N);
      backend.write(segments, rows);
      RoutingStats.Training found =
          layer.forward(tape, tape.input(in), rows, 0, true).stats().training().orElseThrow();
      assertClose(host.read(found.utility()), utility);
      RoutingStats.Directions directions = found.directions().orElseThrow();
      assertClose(host.read(directions.sums()), sums);
      assertClose(host.read(directions.alignment()), alignment);
      assertThat(found.scores()).as("no ghost is waking up").isEmpty();
    }
  }

  /** Weights of a size at which every expert counts. */
  private static void widen(ParameterRegistry registry, Backend backend) {
    int key = 0;
    for (Parameter parameter : registry.parameters()) {
      float[] values = new float[parameter.value().elements()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (0.5 * CounterRandom.normal(100 + key, i));
      }
      key++;
      backend.write(values, parameter.value());
    }
  }

  private void loops(MoeLayer layer, Host host, float[] x, int[] segments) {
    for (int n = 0; n < N; n++) {
      if (segments[n] >= 0) {
        token(layer, host, x, n);
      }
    }
  }

  private void token(MoeLayer layer, Host host, float[] x, int n) {
    double[] scores = new double[E];
    for (int e = 0; e < E; e++) {
      float[] row = host.read(layer.ownedBy(e).getLast().value());
      for (int c = 0; c < C; c++) {
        scores[e] += row[c] * x[n * C + c];
      }
    }
    int first = best(scores, -1);
    int second = best(scores, first);
    double gate = 1 / (1 + Math.exp(scores[second] - scores[first]));
    double[] y = new double[C];
    for (int e : new int[] {first, second}) {
      double weight = e == first ? gate : 1 - gate;
      double[] out = expert(layer.weightsOf(e), host, x, n);
      double squares = 0;
      for (int c = 0; c < C; c++) {
        squares += out[c] * out[c];
        sums[e * C + c] += out[c];
        y[c] += weight * out[c];
      }
      utility[e] += weight * Math.sqrt(squares);
    }
    for (int c = 0; c < C; c++) {
      double in = x[n * C + c];
      alignment[0] += in * y[c];
      alignment[1] += in * in;
      alignment[2] += y[c] * y[c];
    }
  }

  private static int best(double[] scores, int other) {
    int best = -1;
    for (int e = 0; e < E; e++) {
      best = e != other && (best < 0 || scores[e] > scores[best]) ? e : best;
    }
    return best;
  }

  private static double[] expert(List<Parameter> weights, Host host, float[] x, int n) {
    float[] up = host.read(weights.get(0).value());
    float[] upBias = host.read(weights.get(1).value());
    float[] down = host.read(weights.get(2).value());
    float[] downBias = host.read(weights.get(3).value());
    double[] out = new double[C];
    for (int c = 0; c < C; c++) {
      out[c] = downBias[c];
    }
    for (int f = 0; f < F; f++) {
      double h = upBias[f];
      for (int c = 0; c < C; c++) {
        h += up[f * C + c] * (double) x[n * C + c];
      }
      double gelu = 0.5 * h * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (h + 0.044715 * h * h * h)));
      for (int c = 0; c < C; c++) {
        out[c] += down[c * F + f] * gelu;
      }
    }
    return out;
  }

  /** Some thirty terms of float32, each of some ten roundings. */
  private static void assertClose(float[] found, double[] wanted) {
    double largest = 0;
    for (double value : wanted) {
      largest = Math.max(largest, Math.abs(value));
    }
    Offset<Double> tolerance = within(largest * 300 * 6e-8);
    assertThat(found).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.length; i++) {
      assertThat((double) found[i]).as("[%d]", i).isCloseTo(wanted[i], tolerance);
    }
  }
}
