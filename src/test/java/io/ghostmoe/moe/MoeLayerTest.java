package io.ghostmoe.moe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.moe.ghost.RoutingPlan;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Host;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Routing over steps: what the balance bias does to the load. */
class MoeLayerTest {
  private static final int N = 512;
  private static final int C = 16;
  private static final int E = 6;

  private final Backend backend = new VectorBackend(1);
  private final Host host = new Host(backend);
  private final Arena arena = new Arena(backend);
  private final ParameterRegistry registry = new ParameterRegistry(backend, 1, false);

  @AfterEach
  void close() {
    registry.close();
    arena.close();
    backend.close();
  }

  private MoeLayer layer(int experts, int topK) {
    return new MoeLayer(registry, "layers.0.moe", new MoeConfig(C, experts, topK, 8, 0, 0), 0.01);
  }

  private void balance(MoeLayer layer, int[] counts, float rate) {
    layer.balance(counts, rate, SeenScores.NONE, RoutingPlan.of(counts.length), arena);
  }

  private float[] bias() {
    return host.read(
        registry.entries().stream()
            .filter(entry -> entry.name().equals("layers.0.moe.balance_bias"))
            .findFirst()
            .orElseThrow()
            .slices()
            .getFirst());
  }

  /**
   * Slots per expert of fresh tokens around a mean, which makes some experts everybody's choice.
   */
  private int[] counts(MoeLayer layer, int step, int[] segments) {
    float[] tokens = new float[N * C];
    long key = CounterRandom.key(3, step);
    for (int i = 0; i < tokens.length; i++) {
      double mean = CounterRandom.normal(99, i % C);
      tokens[i] = (float) (mean + CounterRandom.normal(key, i));
    }
    Tape tape = Tape.forwardOnly(backend, arena);
    Tensor x = tape.take(DType.F32, N, C);
    backend.write(tokens, x);
    Tensor rows = tape.take(DType.I32, N);
    backend.write(segments, rows);
    MoeLayer.Output output = layer.forward(tape, tape.input(x), rows, 0, false);
    int[] offsets = host.readInts(output.stats().offsets());
    arena.reset();
    int[] counts = new int[offsets.length - 1];
    Arrays.setAll(counts, e -> offsets[e + 1] - offsets[e]);
    return counts;
  }

  private static double variation(int[] counts) {
    double mean = Arrays.stream(counts).average().orElseThrow();
    double squares = Arrays.stream(counts).mapToDouble(c -> (c - mean) * (c - mean)).sum();
    return Math.sqrt(squares / counts.length) / mean;
  }

  @Test
  void theBalanceBiasEvensTheLoadAndStaysCentred() {
    for (int topK = 1; topK <= 2; topK++) {
      try (ParameterRegistry own = new ParameterRegistry(backend, topK, false)) {
        MoeLayer layer = new MoeLayer(own, "moe", new MoeConfig(C, E, topK, 8, 0, 0), 0.01);
        Tensor bias = own.entries().get(1).slices().getFirst();
        double before = variation(counts(layer, 0, new int[N]));
        double after = 0;
        for (int step = 0; step < 120; step++) {
          int[] counts = counts(layer, step, new int[N]);
          balance(layer, counts, 0.01f);
          assertThat(sum(host.read(bias))).isCloseTo(0, within(1e-6));
          after += step < 100 ? 0 : variation(counts) / 20;
        }
        assertThat(before).as("top-%d before", topK).isGreaterThan(0.5);
        assertThat(after).as("top-%d after", topK).isLessThan(0.2);
      }
    }
  }

  private static double sum(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum;
  }

  @Test
  void theBiasFallsForTheBusyAndRisesForTheIdle() {
    MoeLayer layer = layer(4, 2);
    balance(layer, new int[] {10, 10, 30, 0}, 0.1f);
    // signs +, +, −, + over a target of 12.5 each; their mean of .05 comes off
    assertThat(bias()).containsExactly(new float[] {.05f, .05f, -.15f, .05f}, within(1e-7f));
  }

  @Test
  void aLoadThatIsEvenMovesNothing() {
    MoeLayer layer = layer(3, 2);
    balance(layer, new int[] {7, 7, 7}, 0.1f);
    assertThat(bias()).containsOnly(0);
  }

  @Test
  void aStepWithoutTokensMovesNothing() {
    MoeLayer layer = layer(3, 2);
    balance(layer, new int[3], 0.1f);
    assertThat(bias()).containsOnly(0);
  }

  @Test
  void whereEveryTokenVisitsEveryExpertThereIsNothingToBalance() {
    MoeLayer layer = layer(3, 3);
    balance(layer, new int[] {9, 1, 2}, 0.1f);
    assertThat(bias()).containsOnly(0);
  }

  @Test
  void theLoadCountsEveryTokenKTimesAndPaddingNever() {
    MoeLayer layer = layer(E, 2);
    assertThat(Arrays.stream(counts(layer, 0, new int[N])).sum()).isEqualTo(2 * N);
    int[] segments = new int[N];
    Arrays.fill(segments, N / 2, N - 37, -1);
    assertThat(Arrays.stream(counts(layer, 0, segments)).sum()).isEqualTo(2 * (N / 2 + 37));
    Arrays.fill(segments, -1);
    assertThat(counts(layer, 0, segments)).containsOnly(0);
  }

  @Test
  void layersThatCannotBeAreRefused() {
    assertThatThrownBy(() -> new MoeConfig(8, 4, 5, 8, 0, 0)).hasMessageContaining("top-k 5 of 4");
    assertThatThrownBy(() -> new MoeConfig(8, 4, 0, 8, 0, 0)).hasMessageContaining("top-k 0");
    assertThatThrownBy(() -> new MoeConfig(0, 4, 1, 8, 0, 0)).hasMessageContaining("width 0");
    assertThatThrownBy(() -> new MoeConfig(8, 4, 1, 8, -1, 0)).hasMessageContaining("loss -1");
    assertThatThrownBy(() -> new MoeConfig(8, 4, 1, 8, 0, Float.NaN))
        .hasMessageContaining("z-loss NaN");
  }
}
