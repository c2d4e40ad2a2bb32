package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The layer of {@link NaiveMoe} by way of sorting, as the engine runs it: all tensors of a pass.
 */
final class SortedMoe {
  private final Doubles doubles;
  private final ScalarBackend backend;
  private final int tokens;
  private final int k;
  private final int width;

  final List<Tensor> up;
  final List<Tensor> upBias;
  final List<Tensor> down;
  final List<Tensor> downBias;

  private final Tensor families;
  private final Tensor activations;
  private final Tensor experts;
  private final Tensor gates;
  private final Tensor offsets;
  private final Tensor slotOfRow;
  private final Tensor rowOfSlot;
  private final Tensor routed;
  private final Tensor before;
  private final Tensor after;
  private final Tensor y;

  SortedMoe(
      Doubles doubles,
      int tokens,
      int k,
      List<Tensor> up,
      List<Tensor> upBias,
      List<Tensor> down,
      List<Tensor> downBias) {
    this.doubles = doubles;
    backend = doubles.backend();
    this.tokens = tokens;
    this.k = k;
    this.up = up;
    this.upBias = upBias;
    this.down = down;
    this.downBias = downBias;
    width = up.getFirst().dim(1);
    int hidden = up.getFirst().dim(0);
    int awake = up.size();
    int slots = tokens * k;
    families = doubles.ints(IntStream.range(0, awake).toArray(), awake);
    activations = doubles.zeros(awake);
    backend.fill(activations, 1);
    experts = doubles.ints(new int[slots], tokens, k);
    gates = doubles.output(tokens, k);
    offsets = doubles.ints(new int[awake + 1], awake + 1);
    slotOfRow = doubles.ints(new int[slots], slots);
    rowOfSlot = doubles.ints(new int[slots], tokens, k);
    routed = doubles.output(slots, width);
    before = doubles.output(slots, hidden);
    after = doubles.output(slots, hidden);
    y = doubles.output(slots, width);
  }

  /** The output [N,C]. */
  Tensor forward(Tensor x, Tensor scores, Tensor balanceBias, Tensor segments) {
    Tensor out = doubles.output(tokens, width);
    backend.topK(scores, balanceBias, families, activations, experts, gates);
    backend.sortByExpert(experts, segments, offsets, slotOfRow, rowOfSlot);
    backend.dispatch(x, offsets, slotOfRow, routed);
    backend.groupedLinear(routed, offsets, up, upBias, before);
    backend.gelu(before, after);
    backend.groupedLinear(after, offsets, down, downBias, y);
    backend.combine(y, gates, rowOfSlot, out);
    return out;
  }

  /** Every gradient by name. */
  record Gradients(
      Tensor x,
      Tensor scores,
      List<Tensor> up,
      List<Tensor> upBias,
      List<Tensor> down,
      List<Tensor> downBias) {}

  /** The gradients of the last forward pass for the output's gradient {@code dOut}. */
  Gradients backward(Tensor scores, Tensor dOut) {
    int slots = tokens * k;
    Gradients gradients =
        new Gradients(
            doubles.output(tokens, width),
            doubles.output(tokens, up.size()),
            zerosLike(up),
            zerosLike(upBias),
            zerosLike(down),
            zerosLike(downBias));
    Tensor dY = doubles.output(slots, width);
    Tensor dGates = doubles.output(tokens, k);
    Tensor dAfter = doubles.output(slots, after.dim(1));
    Tensor dRouted = doubles.output(slots, width);
    backend.combineBackward(y, gates, rowOfSlot, dOut, dY, dGates);
    backend.groupedLinearBackwardInput(dY, offsets, down, dAfter);
    backend.groupedLinearBackwardParameters(
        after, dY, offsets, gradients.down(), gradients.downBias());
    Tensor dBefore = dAfter;
    backend.geluBackward(before, dAfter, dBefore);
    backend.groupedLinearBackwardInput(dBefore, offsets, up, dRouted);
    backend.groupedLinearBackwardParameters(
        routed, dBefore, offsets, gradients.up(), gradients.upBias());
    backend.dispatchBackward(dRouted, rowOfSlot, false, gradients.x());
    backend.topKBackward(scores, activations, experts, gates, dGates, gradients.scores());
    return gradients;
  }

  private List<Tensor> zerosLike(List<Tensor> tensors) {
    return tensors.stream().map(t -> doubles.zeros(t.shape().toArray())).toList();
  }
}
