package io.ghostmoe.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.tensor.Buffer;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBackend;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArenaTest {
  private final ScalarBackend backend = ScalarBackend.float32();
  private final Arena arena = new Arena(backend);

  @Test
  void memoryThatWasGivenBackServesTheNextRequestOfItsSize() {
    Tensor first = arena.take(DType.F32, 3, 4);
    arena.give(first);
    Tensor second = arena.take(DType.F32, 2, 6);
    assertThat(second.buffer()).isSameAs(first.buffer());
    assertThat(second.shape().toArray()).containsExactly(2, 6);
    assertThat(arena.bytes()).isEqualTo(48);
  }

  @Test
  void memoryThatIsInUseIsNotHandedOutAgain() {
    assertThat(arena.take(DType.F32, 5).buffer()).isNotSameAs(arena.take(DType.F32, 5).buffer());
    assertThat(arena.bytes()).isEqualTo(40);
  }

  @Test
  void integersAndFloatsOfOneSizeAreKeptApart() {
    arena.give(arena.take(DType.F32, 5));
    assertThat(arena.take(DType.I32, 5).type()).isEqualTo(DType.I32);
    assertThat(arena.bytes()).isEqualTo(40);
  }

  @Test
  void givingBackTwiceHandsTheMemoryOutOnce() {
    Tensor tensor = arena.take(DType.F32, 7);
    arena.give(tensor);
    arena.give(tensor);
    assertThat(arena.take(DType.F32, 7).buffer()).isNotSameAs(arena.take(DType.F32, 7).buffer());
  }

  @Test
  void aReshapedViewIsRecognisedWhenItIsGivenBack() {
    Tensor tensor = arena.take(DType.F32, 4, 6);
    arena.give(tensor.reshape(24));
    assertThat(arena.take(DType.F32, 8, 3).buffer()).isSameAs(tensor.buffer());
  }

  @Test
  void whatItDidNotHandOutIsLeftToItsOwner() {
    Tensor foreign = backend.allocate(DType.F32, 9);
    arena.give(foreign);
    assertThat(arena.take(DType.F32, 9).buffer()).isNotSameAs(foreign.buffer());
  }

  @Test
  void whatWasTakenSinceAMomentIsGivenBackInOneGoButForWhatIsKept() {
    Tensor before = arena.take(DType.F32, 4);
    Tensor spent = arena.take(DType.F32, 4);
    long mark = arena.mark();
    Tensor first = arena.take(DType.F32, 4);
    Tensor kept = arena.take(DType.F32, 4);
    Tensor last = arena.take(DType.F32, 4);
    arena.give(spent);
    arena.give(last);
    Tensor again = arena.take(DType.F32, 4); // the memory of the last
    arena.giveSince(mark, List.of(kept.reshape(2, 2)));
    List<Buffer> free = List.of(first.buffer(), again.buffer(), spent.buffer());
    assertThat(List.of(taken(), taken(), taken())).containsExactlyElementsOf(free);
    assertThat(taken()).as("%s and %s are in use", before, kept).isNotIn(before, kept);
    assertThat(arena.bytes()).isEqualTo(6 * 16);
    // what was kept belongs to the moments before
    arena.giveSince(0, List.of());
    assertThat(List.of(taken(), taken(), taken(), taken(), taken(), taken()))
        .contains(before.buffer(), kept.buffer());
  }

  private Buffer taken() {
    return arena.take(DType.F32, 4).buffer();
  }

  @Test
  void everyStepSeesTheSameMemoryInTheSamePlacesAndNeedsNoMore() {
    List<Buffer> first = step();
    long bytes = arena.bytes();
    for (int i = 0; i < 3; i++) {
      List<Buffer> next = step();
      assertThat(next).hasSameSizeAs(first);
      for (int t = 0; t < next.size(); t++) {
        assertThat(next.get(t)).as("request %d of step %d", t, i + 2).isSameAs(first.get(t));
      }
      assertThat(arena.bytes()).isEqualTo(bytes);
    }
  }

  /** Requests of three sizes, some given back on the way in an order of their own. */
  private List<Buffer> step() {
    List<Buffer> seen = new ArrayList<>();
    List<Tensor> held = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      if (CounterRandom.below(1, i, 3) == 0 && !held.isEmpty()) {
        arena.give(held.remove(CounterRandom.below(2, i, held.size())));
      } else {
        held.add(arena.take(DType.F32, 1 + CounterRandom.below(3, i, 3)));
        seen.add(held.getLast().buffer());
      }
    }
    arena.reset();
    return seen;
  }

  @Test
  void aClosedArenaHoldsNothing() {
    var _ = arena.take(DType.F32, 100);
    arena.close();
    assertThat(arena.bytes()).isZero();
  }
}
