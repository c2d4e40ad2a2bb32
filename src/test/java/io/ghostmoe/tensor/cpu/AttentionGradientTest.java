package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Tensor;
import org.junit.jupiter.api.Test;

class AttentionGradientTest {
  private final Doubles doubles = new Doubles(12);
  private final ScalarBackend backend = doubles.backend();

  @Test
  void attentionBackwardIsTheDerivativeWithinOneSegment() {
    check(new int[7], 1, 7, 2, 3);
  }

  @Test
  void attentionBackwardIsTheDerivativeWithinSeveralSegmentsAndBesidePadding() {
    check(new int[] {0, 0, 1, 1, 1, 2, 7, 7, 7, -1, -1, -1}, 2, 6, 2, 2);
  }

  @Test
  void attentionBackwardIsTheDerivativeWithOneHeadOfSizeOne() {
    check(new int[] {4, 4, 4, 5, 5}, 1, 5, 1, 1);
  }

  private void check(int[] cuts, int batch, int time, int heads, int headSize) {
    int width = heads * headSize;
    int rows = batch * time;
    Tensor segments = doubles.ints(cuts, batch, time);
    Tensor qkv = doubles.drawn(rows, 3 * width);
    Tensor out = doubles.output(rows, width);
    Tensor lse = doubles.output(batch, heads, time);
    Tensor dOut = doubles.drawn(rows, width);
    Tensor dQkv = doubles.output(rows, 3 * width);
    backend.attention(qkv, segments, heads, out, lse);
    backend.attentionBackward(qkv, segments, heads, out, lse, dOut, dQkv);
    doubles.check(
        "qkv",
        qkv,
        dQkv,
        () -> {
          backend.attention(qkv, segments, heads, out, lse);
          return doubles.weighted(out, dOut);
        });
  }
}
