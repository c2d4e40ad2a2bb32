package io.ghostmoe.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Draws;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is recomputed is what was kept, to the last bit, and is nowhere counted twice. */
class RecomputeTest {
  private static final int N = 5;
  private static final int C = 6;

  private final ScalarBackend backend = ScalarBackend.float32();
  private final Arena arena = new Arena(backend);
  private final Draws draws = new Draws(3);
  private final ParameterRegistry registry = new ParameterRegistry(backend, 1, true);
  private final Parameter weight = registry.normal("weight", 1, true, C, C);
  private final Parameter gain = registry.normal("gain", 1, false, C);
  private final Parameter bias = registry.normal("bias", 1, false, C);
  private final Tensor value = drawn();
  private final Tensor downstream = drawn();

  /** A part's result with the first row of what lies inside it. */
  private record Found(Variable y, List<Tensor> measured) implements Recompute.Result {}

  private Tensor drawn() {
    Tensor tensor = backend.allocate(DType.F32, N, C);
    backend.write(draws.signed(N * C), tensor);
    return tensor;
  }

  private float[] read(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  /** {@code x + dropout(gelu(linear(norm(x))))}, and what the norm gave. */
  private Found block(Tape tape, Variable x, long key) {
    Variable normed = LayerNorm.apply(tape, x, gain, bias);
    Tensor measured = tape.take(DType.F32, N, C);
    backend.copy(normed.value(), measured);
    Variable inner = Gelu.apply(tape, Linear.apply(tape, normed, weight, bias));
    Variable y = Add.apply(tape, x, Dropout.apply(tape, inner, 0.5f, key));
    return new Found(y, List.of(measured));
  }

  /** All that a pass gives: what was measured, the result, and every gradient. */
  private List<float[]> pass(Tape tape, List<Recompute.Part<Found>> parts) {
    for (Parameter parameter : registry.parameters()) {
      backend.fill(parameter.requireGradient(), 0);
    }
    Variable first = tape.input(value);
    Variable x = first;
    List<float[]> all = new ArrayList<>();
    List<Tensor> measured = new ArrayList<>();
    for (Recompute.Part<Found> part : parts) {
      Found found = Recompute.apply(tape, x, part);
      measured.addAll(found.measured());
      x = found.y();
    }
    all.add(read(x.value()));
    // the input has a consumer outside its part too
    Variable last = Add.apply(tape, x, first);
    tape.contribute(last, (accumulate, d) -> backend.copy(downstream, d));
    tape.backward();
    measured.forEach(tensor -> all.add(read(tensor)));
    all.add(read(Tape.gradientOf(first)));
    registry.parameters().forEach(parameter -> all.add(read(parameter.requireGradient())));
    arena.reset();
    return all;
  }

  private List<Recompute.Part<Found>> blocks(int count) {
    List<Recompute.Part<Found>> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long key = i;
      blocks.add((tape, x) -> block(tape, x, key));
    }
    return blocks;
  }

  private List<float[]> kept(List<Recompute.Part<Found>> parts) {
    return pass(Tape.recording(backend, arena), parts);
  }

  private List<float[]> recomputed(List<Recompute.Part<Found>> parts) {
    return pass(Tape.recomputing(backend, arena), parts);
  }

  private static void assertSame(List<float[]> found, List<float[]> wanted) {
    assertThat(found).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.size(); i++) {
      assertThat(found.get(i)).as("[%d]", i).isEqualTo(wanted.get(i));
    }
  }

  private static boolean differ(List<float[]> found, List<float[]> wanted) {
    for (int i = 0; i < wanted.size(); i++) {
      if (!Arrays.equals(found.get(i), wanted.get(i))) {
        return true;
      }
    }
    return false;
  }

  @Test
  void everyNumberIsThatOfTheTapeThatKeepsAll() {
    for (int count = 1; count < 5; count++) {
      assertSame(recomputed(blocks(count)), kept(blocks(count)));
    }
  }

  @Test
  void partsWithinAPartAreRecomputedWithIt() {
    List<Recompute.Part<Found>> inner = blocks(3);
    Recompute.Part<Found> nested =
        (tape, x) -> {
          List<Tensor> measured = new ArrayList<>();
          Variable y = x;
          for (Recompute.Part<Found> part : inner) {
            Found found = Recompute.apply(tape, y, part);
            measured.addAll(found.measured());
            y = found.y();
          }
          return new Found(y, measured);
        };
    assertSame(recomputed(List.of(nested, blocks(1).getFirst())), kept(joined(inner, blocks(1))));
  }

  /** The gradient of such a part's input lies where that of its result lay. */
  @Test
  void memoryThatChangedHandsIsGivenBackByItsOwnerAlone() {
    Recompute.Part<Found> part =
        (tape, x) ->
            new Found(Gelu.apply(tape, Add.apply(tape, Gelu.apply(tape, x), x)), List.of());
    List<Recompute.Part<Found>> chain = List.of(part, part, part);
    assertSame(recomputed(chain), kept(chain));
  }

  private static List<Recompute.Part<Found>> joined(
      List<Recompute.Part<Found>> first, List<Recompute.Part<Found>> second) {
    List<Recompute.Part<Found>> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  /** The comparison sees what would go wrong: a mask of its own for each pass. */
  @Test
  void aPartThatDrawsAnewIsSeen() {
    long[] draw = {0};
    List<Recompute.Part<Found>> anew = List.of((tape, x) -> block(tape, x, draw[0]++));
    assertThat(differ(recomputed(anew), kept(blocks(1)))).isTrue();
  }

  /** The first pass computes as training does, or the second would find another result. */
  @Test
  void aFirstPassThatComputesAsEvaluationDoesIsSeen() {
    List<Recompute.Part<Found>> forwardFirst =
        List.of(
            (tape, x) -> block(tape.recording() ? tape : Tape.forwardOnly(backend, arena), x, 0));
    assertThat(differ(recomputed(forwardFirst), kept(blocks(1)))).isTrue();
  }

  @Test
  void onlyTheFirstPassIsMeasured() {
    List<String> passes = new ArrayList<>();
    List<Recompute.Part<Found>> watched =
        List.of(
            (tape, x) -> {
              passes.add("%s %s %s".formatted(tape.training(), tape.measuring(), tape.recording()));
              return block(tape, x, 0);
            });
    var _ = kept(watched);
    assertThat(passes).containsExactly("true true true");
    passes.clear();
    var _ = recomputed(watched);
    assertThat(passes).containsExactly("true true false", "true false true");
    passes.clear();
    Tape forward = Tape.forwardOnly(backend, arena);
    var _ = Recompute.apply(forward, forward.input(value), watched.getFirst());
    assertThat(passes).containsExactly("false false false");
  }

  @Test
  void aPartThatNoGradientReachesIsNotRunAgain() {
    int[] runs = {0};
    Tape tape = Tape.recomputing(backend, arena);
    Variable x = tape.input(value);
    var _ =
        Recompute.apply(
            tape,
            x,
            (pass, input) -> {
              runs[0]++;
              return block(pass, input, 0);
            });
    tape.backward();
    assertThat(runs[0]).isEqualTo(1);
    assertThat(x.gradient()).isNull();
  }

  @Test
  void onePartsMemoryServesTheNext() {
    int few = 3;
    int many = 20;
    var _ = recomputed(blocks(few));
    long bytes = arena.bytes();
    var _ = recomputed(blocks(many));
    // of each part its result, and what was measured
    assertThat(arena.bytes()).isEqualTo(bytes + 4L * 2 * (many - few) * N * C);
    arena.clear();
    var _ = kept(blocks(many));
    assertThat(arena.bytes()).isGreaterThan(2 * bytes);
  }

  @Test
  void aStepNeedsNoMoreThanTheOneBefore() {
    var _ = recomputed(blocks(4));
    long bytes = arena.bytes();
    for (int step = 0; step < 3; step++) {
      var _ = recomputed(blocks(4));
      assertThat(arena.bytes()).isEqualTo(bytes);
    }
  }

  @Test
  void withoutABackwardPassAPartsMemoryIsFreeAtOnce() {
    Tape forward = Tape.forwardOnly(backend, arena);
    Variable x = forward.input(value);
    Found found = Recompute.apply(forward, x, blocks(1).getFirst());
    long bytes = arena.bytes();
    float[] measured = read(found.measured().getFirst());
    Found next = Recompute.apply(forward, found.y(), blocks(1).getFirst());
    assertThat(arena.bytes()).isEqualTo(bytes + 2 * 4L * N * C);
    assertThat(read(found.measured().getFirst())).isEqualTo(measured);
    assertThat(next.y().value().buffer()).isNotSameAs(found.y().value().buffer());
  }
}
