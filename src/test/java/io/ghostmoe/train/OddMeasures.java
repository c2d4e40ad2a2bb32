package io.ghostmoe.train;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Draws;
import io.ghostmoe.tensor.Host;
import io.ghostmoe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What is asked of a router and measured on experts while ghosts wake, over more tokens than one
 * task takes.
 */
final class OddMeasures {
  private static final int N = 301;
  private static final int K = 2;
  private static final int A = 5;
  private static final int C = 37;
  private static final int LAST_GHOST = A - 1;

  private final Backend backend;
  private final Host host;
  private final Draws draws = new Draws(17);

  private OddMeasures(Backend backend) {
    this.backend = backend;
    host = new Host(backend);
  }

  /** Every result, as raw bits. */
  static int[] bits(Backend backend) {
    return new OddMeasures(backend)
        .results().stream()
            .flatMapToInt(values -> IntStream.range(0, values.length).map(i -> bits(values[i])))
            .toArray();
  }

  private static int bits(float value) {
    return Float.floatToRawIntBits(value);
  }

  private List<float[]> results() {
    Tensor scores = drawn(N, A);
    Tensor bias = drawn(A);
    Tensor families = host.ints(new int[] {0, 1, 2, 0, 1}, A);
    Tensor activations = host.floats(new float[] {1, 1, 1, 0.7f, 0.1f}, A);
    int[] cuts = draws.below(9, N);
    Arrays.setAll(cuts, n -> cuts[n] - 1);
    Tensor segments = host.ints(cuts, N);

    Tensor single = host.output(N, 1);
    Tensor singleExperts = host.intOutput(N, 1);
    backend.topK(scores, bias, families, activations, singleExperts, single);
    Tensor dScores = host.output(N, A);
    backend.topKBackward(scores, activations, singleExperts, single, drawn(N, 1), dScores);
    Tensor margins = host.output(N);
    backend.routerMargins(scores, bias, families, segments, LAST_GHOST, K, margins);

    Tensor experts = host.intOutput(N, K);
    Tensor gates = host.output(N, K);
    backend.topK(scores, bias, families, activations, experts, gates);
    Tensor offsets = host.intOutput(A + 1);
    Tensor slotOfRow = host.intOutput(N * K);
    backend.sortByExpert(experts, segments, offsets, slotOfRow, host.intOutput(N, K));
    Tensor y = drawn(N * K, C);
    Tensor utility = host.output(A);
    backend.expertUtility(y, gates, offsets, slotOfRow, utility);
    Tensor sums = host.output(A, C);
    backend.expertSums(y, offsets, sums);
    Tensor alignment = host.output(3);
    backend.alignment(drawn(N, C), drawn(N, C), segments, alignment);
    Tensor norms = host.output(2);
    backend.norms(List.of(List.of(y, bias), List.of(drawn(20_000))), norms);
    return List.of(
        host.read(single),
        host.read(dScores),
        host.read(margins),
        host.read(gates),
        host.read(utility),
        host.read(sums),
        host.read(alignment),
        host.read(norms));
  }

  private Tensor drawn(int... dims) {
    Tensor tensor = backend.allocate(DType.F32, dims);
    backend.write(draws.signed(tensor.elements()), tensor);
    return tensor;
  }
}
