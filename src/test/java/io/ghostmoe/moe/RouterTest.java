package io.ghostmoe.moe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.autograd.TopK;
import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.RoutingPlan;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Host;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a ghost joins a router: its row, its bias, its share, and its parent. */
class RouterTest {
  private static final int N = 1000;
  private static final int C = 16;
  private static final int E = 5;
  private static final int K = 2;
  private static final int PARENT = 3;

  private final Backend backend = new VectorBackend(1);
  private final Host host = new Host(backend);
  private final Arena arena = new Arena(backend);
  private final ParameterRegistry registry = new ParameterRegistry(backend, 1, true);
  private Router router;

  @BeforeEach
  void makeARouterWithScoresOfUsualSize() {
    router = new Router(registry, "moe", new MoeConfig(C, E, K, 8, 0, 0));
    for (int e = 0; e < E; e++) {
      float[] row = new float[C];
      for (int i = 0; i < C; i++) {
        row[i] = (float) (0.1 * CounterRandom.normal(17 + e, i));
      }
      backend.write(row, router.row(e).value());
    }
  }

  @AfterEach
  void close() {
    router.close();
    registry.close();
    arena.close();
    backend.close();
  }

  private static RoutingPlan plan(double activation, int parent) {
    return RoutingPlan.of(E, K, List.of(new Ghost(activation, 0, parent)));
  }

  private void wake(double activation, int parent) {
    router.add(parent);
    router.follow(plan(activation, parent));
  }

  /** The experts of N tokens, [N,K], of a pass in training or in evaluation. */
  private int[] selected(long batch, boolean training) {
    Tape tape = training ? Tape.recording(backend, arena) : Tape.forwardOnly(backend, arena);
    Tensor segments = tape.take(DType.I32, N);
    backend.write(new int[N], segments);
    TopK found = router.select(tape, router.scores(tape, tape.input(tokens(batch))), segments);
    int[] experts = host.readInts(found.experts());
    arena.reset();
    return experts;
  }

  private Tensor tokens(long batch) {
    float[] values = new float[N * C];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) CounterRandom.normal(CounterRandom.key(5, batch), i);
    }
    Tensor x = backend.allocate(DType.F32, N, C);
    backend.write(values, x);
    return x;
  }

  private static int tokensOf(int expert, int[] experts) {
    int count = 0;
    for (int e : experts) {
      count += e == expert ? 1 : 0;
    }
    return count;
  }

  private static int tokensOfBoth(int one, int other, int[] experts) {
    int count = 0;
    for (int n = 0; n < N; n++) {
      boolean first = experts[n * K] == one || experts[n * K + 1] == one;
      count += first && (experts[n * K] == other || experts[n * K + 1] == other) ? 1 : 0;
    }
    return count;
  }

  @Test
  void aCloneHasItsParentsRowWithNoise() {
    float[] parent = host.read(router.row(PARENT).value());
    wake(0.1, PARENT);
    float[] clone = host.read(router.row(E).value());
    double squares = 0;
    double noise = 0;
    for (int i = 0; i < C; i++) {
      squares += parent[i] * parent[i];
      noise += (clone[i] - parent[i]) * (clone[i] - parent[i]);
    }
    double relative = Math.sqrt(noise / squares);
    assertThat(relative).isBetween(0.3, 1.2); // .6, of sixteen draws
    assertThat(host.read(router.row(PARENT).value())).isEqualTo(parent);
  }

  @Test
  void theFirstForwardGivesAGhostItsTargetShareFromTheFirst() {
    int[] before = selected(1, true);
    wake(0.2, PARENT);
    int[] after = selected(1, true);
    double target = N * K * 0.2 / (E + 0.2);
    assertThat(tokensOf(E, after)).isCloseTo((int) Math.round(target), within(1));
    int moved = 0;
    for (int i = 0; i < N; i++) {
      boolean same = before[K * i] == after[K * i] && before[K * i + 1] == after[K * i + 1];
      moved += same ? 0 : 1;
    }
    assertThat(moved).as("only its tokens see a difference").isLessThanOrEqualTo((int) target + 1);
  }

  @Test
  void aYoungCloneAndItsParentShareNoToken() {
    wake(0.3, PARENT);
    int[] experts = selected(1, true);
    assertThat(tokensOf(E, experts)).isPositive();
    assertThat(tokensOf(PARENT, experts)).isPositive();
    assertThat(tokensOfBoth(E, PARENT, experts)).isZero();
    assertThat(tokensOfBoth(E, PARENT, selected(2, false))).as("in evaluation too").isZero();
    router.follow(plan(0.5, PARENT));
    assertThat(tokensOfBoth(E, PARENT, selected(1, true))).as("grown apart").isPositive();
  }

  @Test
  void aFreshGhostSharesTokensWithEverybody() {
    wake(0.3, Ghost.NONE);
    int[] experts = selected(1, true);
    int together = 0;
    for (int e = 0; e < E; e++) {
      together += tokensOfBoth(E, e, experts);
    }
    assertThat(together).isEqualTo(tokensOf(E, experts)).isPositive();
  }

  @Test
  void afterAStepTheBiasIsWhereTheNextPlanWantsIt() {
    wake(0.3, PARENT);
    Tape tape = Tape.recording(backend, arena);
    Tensor segments = tape.take(DType.I32, N);
    backend.write(new int[N], segments);
    var scores = router.scores(tape, tape.input(tokens(1)));
    var _ = router.select(tape, scores, segments);
    SeenScores seen =
        new SeenScores(
            List.of(
                new SeenScores.MicroBatch(
                    router.scoresToKeep(tape, scores).orElseThrow(), segments)));
    int[] counts = new int[] {300, 500, 400, 300, 300, 200};
    // the next step lifts the exclusion, doubles the target, and has biases that moved
    router.balance(counts, 0.05f, seen, plan(0.6, PARENT), arena);
    arena.reset();
    double target = N * K * 0.6 / (E + 0.6);
    assertThat(tokensOf(E, selected(1, false))).isCloseTo((int) Math.round(target), within(1));
  }

  @Test
  void theScoresOfAllMicroBatchesSteerABias() {
    float[] whole = new float[N * (E + 1)];
    wake(0.3, PARENT);
    var _ = selected(1, true);
    for (int i = 0; i < whole.length; i++) {
      whole[i] = (float) CounterRandom.normal(31, i) * (i < whole.length / 2 ? 1 : 2);
    }
    float[] start = bias();
    int[] counts = new int[] {300, 500, 400, 300, 300, 200};
    router.balance(counts, 0.05f, seen(whole, N), plan(0.4, PARENT), arena);
    float[] wanted = bias();
    for (int cut : new int[] {1, 400, 999}) {
      backend.write(start, registry.entries().get(1).slices().getFirst());
      router.follow(plan(0.3, PARENT));
      router.balance(counts, 0.05f, seen(whole, cut), plan(0.4, PARENT), arena);
      assertThat(bias()).as("cut after %d tokens", cut).isEqualTo(wanted);
    }
  }

  /** The same scores in one micro-batch, or in two. */
  private SeenScores seen(float[] scores, int cut) {
    List<SeenScores.MicroBatch> parts = new ArrayList<>();
    for (int[] range : new int[][] {{0, cut}, {cut, N}}) {
      int tokens = range[1] - range[0];
      if (tokens > 0) {
        Tensor part = arena.take(DType.F32, tokens, E + 1);
        backend.write(Arrays.copyOfRange(scores, range[0] * (E + 1), range[1] * (E + 1)), part);
        Tensor segments = arena.take(DType.I32, tokens);
        backend.write(new int[tokens], segments);
        parts.add(new SeenScores.MicroBatch(part, segments));
      }
    }
    return new SeenScores(parts);
  }

  @Test
  void aFullyAwakeGhostIsBalancedLikeAnyOther() {
    wake(1, PARENT);
    var _ = selected(1, true);
    float[] before = bias();
    router.balance(
        new int[] {300, 300, 300, 300, 300, 500}, 0.1f, SeenScores.NONE, plan(1, 3), arena);
    float[] after = bias();
    // over the target of 333: down by .1, the others up by .1; the mean of their sum comes off
    double mean = 0;
    for (int e = 0; e <= E; e++) {
      mean += (before[e] + (e == E ? -0.1 : 0.1)) / (E + 1);
    }
    for (int e = 0; e <= E; e++) {
      assertThat((double) after[e])
          .isCloseTo(before[e] + (e == E ? -0.1 : 0.1) - mean, within(1e-6));
    }
  }

  private float[] bias() {
    return host.read(registry.entries().get(1).slices().getFirst());
  }
}
