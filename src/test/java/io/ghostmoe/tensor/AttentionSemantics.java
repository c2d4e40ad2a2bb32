package io.ghostmoe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who sees whom, and that the cache changes nothing. */
interface AttentionSemantics {
  int HEADS = 2;
  int WIDTH = 6;
  int TIME = 10;

  /** Three rows: segments and padding, a single segment, padding alone. */
  final class Cuts {
    private static final int[] SEGMENTS = {
      0, 0, 0, 1, 1, 2, 2, 2, 2, -1,
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      -1, -1, -1, -1, -1, -1, -1, -1, -1, -1
    };

    private Cuts() {}
  }

  /** A new backend; the test closes it. */
  Backend backend();

  private static boolean sees(int from, int to) {
    return from / TIME == to / TIME
        && to <= from
        && Cuts.SEGMENTS[to] != -1
        && Cuts.SEGMENTS[from] == Cuts.SEGMENTS[to];
  }

  private static float[] forward(Backend backend, float[] qkv, int[] segments) {
    Host host = new Host(backend);
    Tensor out = host.output(Cuts.SEGMENTS.length, WIDTH);
    Tensor lse = host.output(3, HEADS, TIME);
    Tensor x = host.floats(qkv, Cuts.SEGMENTS.length, 3 * WIDTH);
    backend.attention(x, host.ints(segments, 3, TIME), HEADS, out, lse);
    return host.read(out);
  }

  @Test
  default void aPositionInfluencesOnlyThoseThatSeeIt() {
    try (Backend backend = backend()) {
      float[] qkv = new Draws(1).signed(Cuts.SEGMENTS.length * 3 * WIDTH);
      float[] before = forward(backend, qkv, Cuts.SEGMENTS);
      for (int changed = 0; changed < Cuts.SEGMENTS.length; changed++) {
        float[] other = qkv.clone();
        for (int i = 0; i < 3 * WIDTH; i++) {
          other[changed * 3 * WIDTH + i] += 0.25f;
        }
        float[] after = forward(backend, other, Cuts.SEGMENTS);
        for (int row = 0; row < Cuts.SEGMENTS.length; row++) {
          boolean same =
              Arrays.equals(
                  before, row * WIDTH, (row + 1) * WIDTH, after, row * WIDTH, (row + 1) * WIDTH);
          assertThat(same)
              .as("output %d is the same after a change at %d", row, changed)
              .isEqualTo(!sees(row, changed));
        }
      }
    }
  }

  @Test
  default void aGradientReachesOnlyWhatWasSeen() {
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      int rows = Cuts.SEGMENTS.length;
      Draws draws = new Draws(2);
      Tensor qkv = host.floats(draws.signed(rows * 3 * WIDTH), rows, 3 * WIDTH);
      Tensor segments = host.ints(Cuts.SEGMENTS, 3, TIME);
      Tensor out = host.output(rows, WIDTH);
      Tensor lse = host.output(3, HEADS, TIME);
      backend.attention(qkv, segments, HEADS, out, lse);
      for (int origin = 0; origin < rows; origin++) {
        float[] upstream = new float[rows * WIDTH];
        System.arraycopy(draws.signed(WIDTH), 0, upstream, origin * WIDTH, WIDTH);
        Tensor dQkv = host.output(rows, 3 * WIDTH);
        Tensor dOut = host.floats(upstream, rows, WIDTH);
        backend.attentionBackward(qkv, segments, HEADS, out, lse, dOut, dQkv);
        float[] gradient = host.read(dQkv);
        for (int row = 0; row < rows; row++) {
          float[] reached = Arrays.copyOfRange(gradient, row * 3 * WIDTH, (row + 1) * 3 * WIDTH);
          assertThat(Host.allZero(reached))
              .as("gradient of %d is 0 for an output at %d", row, origin)
              .isEqualTo(!sees(origin, row));
        }
      }
    }
  }

  @Test
  default void paddingYieldsZeros() {
    try (Backend backend = backend()) {
      float[] out =
          forward(backend, new Draws(3).signed(Cuts.SEGMENTS.length * 3 * WIDTH), Cuts.SEGMENTS);
      for (int i = 0; i < out.length; i++) {
        if (Cuts.SEGMENTS[i / WIDTH] == -1) {
          assertThat(Host.allZero(out[i])).as("output %d is 0", i / WIDTH).isTrue();
        }
      }
    }
  }

  @Test
  default void segmentsAreNamesAndNotNumbers() {
    try (Backend backend = backend()) {
      float[] qkv = new Draws(4).signed(Cuts.SEGMENTS.length * 3 * WIDTH);
      int[] renamed = Arrays.stream(Cuts.SEGMENTS).map(s -> s == -1 ? -1 : 1000 - s).toArray();
      assertThat(forward(backend, qkv, renamed))
          .containsExactly(forward(backend, qkv, Cuts.SEGMENTS));
    }
  }

  @Test
  default void aLoneFirstPositionReturnsItsOwnValue() {
    try (Backend backend = backend()) {
      float[] qkv = new Draws(5).signed(Cuts.SEGMENTS.length * 3 * WIDTH);
      float[] out = forward(backend, qkv, Cuts.SEGMENTS);
      // position 3 opens a segment: its softmax is over itself alone
      for (int c = 0; c < WIDTH; c++) {
        assertThat(out[3 * WIDTH + c])
            .isCloseTo(qkv[3 * 3 * WIDTH + 2 * WIDTH + c], within(4 * 0x1p-24f));
      }
    }
  }

  @Test
  default void attentionCachedEqualsAttentionHoweverTheSequenceIsCut() {
    int length = 13;
    int[][] cuts = {{13}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {5, 1, 1, 6}, {1, 12}, {12, 1}};
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      float[] values = new Draws(6).signed(length * 3 * WIDTH);
      Tensor qkv = host.floats(values, length, 3 * WIDTH);
      Tensor out = host.output(length, WIDTH);
      Tensor lse = host.output(1, HEADS, length);
      backend.attention(qkv, host.ints(new int[length], 1, length), HEADS, out, lse);
      float[] whole = host.read(out);
      // the error of either side, by the bound of the parity test
      double error =
          2 * AttentionParity.Errors.of(values, WIDTH, WIDTH / HEADS, length).probability();
      for (int[] cut : cuts) {
        float[] pieces = cached(host, values, length, cut);
        for (int i = 0; i < whole.length; i++) {
          assertThat((double) pieces[i])
              .as("%s at %d", Arrays.toString(cut), i)
              .isCloseTo(whole[i], within(error));
        }
      }
    }
  }

  private static float[] cached(Host host, float[] qkv, int length, int[] cut) {
    int capacity = length + 3;
    Tensor keys = host.output(3, capacity, WIDTH);
    Tensor values = host.output(3, capacity, WIDTH);
    float[] all = new float[length * WIDTH];
    int start = 0;
    for (int rows : cut) {
      float[] piece = Arrays.copyOfRange(qkv, start * 3 * WIDTH, (start + rows) * 3 * WIDTH);
      Tensor out = host.output(rows, WIDTH);
      Tensor fresh = host.floats(piece, rows, 3 * WIDTH);
      int first = 2 * capacity + start; // of the last sequence
      Tensor places = host.ints(IntStream.range(first, first + rows).toArray(), rows);
      host.backend().attentionCached(fresh, places, keys, values, HEADS, out);
      System.arraycopy(host.read(out), 0, all, start * WIDTH, rows * WIDTH);
      start += rows;
    }
    return all;
  }

  @Test
  default void positionsOfSeveralSequencesAttendTheirOwn() {
    int capacity = 5;
    int[] lengths = {4, 0, 2};
    try (Backend backend = backend()) {
      Host host = new Host(backend);
      float[] cached = new Draws(7).signed(3 * capacity * WIDTH);
      float[] seen = new Draws(8).signed(3 * capacity * WIDTH);
      float[] fresh = new Draws(9).signed(5 * 3 * WIDTH);
      // out of order: two of the last sequence, one of the first, two of the one between
      int[] rows = {12, 4, 5, 13, 6};
      Tensor keys = host.floats(cached, 3, capacity, WIDTH);
      Tensor values = host.floats(seen, 3, capacity, WIDTH);
      Tensor out = host.output(5, WIDTH);
      Tensor qkv = host.floats(fresh, 5, 3 * WIDTH);
      backend.attentionCached(qkv, host.ints(rows, 5), keys, values, HEADS, out);
      float[] together = host.read(out);
      for (int sequence = 0; sequence < 3; sequence++) {
        int from = sequence * capacity * WIDTH;
        int to = from + capacity * WIDTH;
        Tensor ownKeys = host.floats(Arrays.copyOfRange(cached, from, to), 1, capacity, WIDTH);
        Tensor ownValues = host.floats(Arrays.copyOfRange(seen, from, to), 1, capacity, WIDTH);
        int at = lengths[sequence];
        for (int i = 0; i < rows.length; i++) {
          if (rows[i] / capacity == sequence) {
            float[] one = Arrays.copyOfRange(fresh, i * 3 * WIDTH, (i + 1) * 3 * WIDTH);
            Tensor alone = host.output(1, WIDTH);
            Tensor row = host.ints(new int[] {at++}, 1);
            backend.attentionCached(
                host.floats(one, 1, 3 * WIDTH), row, ownKeys, ownValues, HEADS, alone);
            assertThat(Arrays.copyOfRange(together, i * WIDTH, (i + 1) * WIDTH))
                .as("position %d", i)
                .containsExactly(host.read(alone));
          }
        }
      }
    }
  }
}
